// Runs a command and presses Ctrl-C on its console as soon as it has begun to write a file into the current directory:
// interrupt.exe COMMAND ARGUMENT... Exits with the command's exit code, or with 99 where it could not be tried.
#include <stdio.h>
#include <windows.h>

enum { FAILED = 99, SECONDS = 30 };

// Ctrl-C reaches every process of the console, this one too.
static BOOL WINAPI stay(DWORD event) { return event == CTRL_C_EVENT; }

static int fail(const char *what) {
  fprintf(stderr, "interrupt: %s: error %lu\n", what, GetLastError());
  return FAILED;
}

static BOOL is_writing(void) {
  WIN32_FIND_DATAA found;
  HANDLE search = FindFirstFileA(".referrals-*.tmp", &found);
  if (search == INVALID_HANDLE_VALUE) return FALSE;
  FindClose(search);
  return TRUE;
}

int main(int count, char **words) {
  char line[4096] = "";
  for (int i = 1; i < count; i++) {
    size_t length = strlen(line);
    snprintf(line + length, sizeof line - length, "\"%s\" ", words[i]);
  }
  if (!GetConsoleWindow() && !GetConsoleCP()) AllocConsole();
  if (!SetConsoleCtrlHandler(stay, TRUE)) return fail("no handler");
  STARTUPINFOA startup = {.cb = sizeof startup};
  PROCESS_INFORMATION process;
  if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process)) return fail("no process");
  DWORD code = STILL_ACTIVE;
  for (int tries = 0; !is_writing(); tries++) {
    if (tries == SECONDS * 100 || WaitForSingleObject(process.hProcess, 10) == WAIT_OBJECT_0) return fail("no file");
  }
  if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) return fail("no event");
  if (WaitForSingleObject(process.hProcess, SECONDS * 1000) != WAIT_OBJECT_0) return fail("it goes on");
  GetExitCodeProcess(process.hProcess, &code);
  return (int)code;
}
