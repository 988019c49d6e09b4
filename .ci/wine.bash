# A Windows by Wine 8, for scripts that source this file: `boot PREFIX` makes a fresh one that ends with the script.
# Needs Debian's wine64 and a C compiler for Windows (mingw-w64).

readonly WINE_DIRECTORY=/usr/lib/wine
readonly BOOT_TIMEOUT=120 # seconds

export WINEDEBUG=-all
export WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe=" # no .NET, browser or desktop
unset DISPLAY WAYLAND_DISPLAY

# A Windows of this run alone, so that it stores no sign-in from before.
boot() {
  export WINEPREFIX=$1
  shutdown
  trap shutdown EXIT
  timeout --kill-after=10 "$BOOT_TIMEOUT" "$WINE_DIRECTORY/wine64" wineboot --init 2>"$WINEPREFIX.log" ||
    { cat "$WINEPREFIX.log" && return 1; }
  x86_64-w64-mingw32-gcc -shared -s -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    .ci/bcryptprimitives.c -ladvapi32
}

shutdown() {
  "$WINE_DIRECTORY/wineserver" --kill 2>/dev/null || true
  rm -rf "$WINEPREFIX"
}
