# Completes the command line of referrals in fish; `referrals completions --help` says how to install it.
function __referrals_candidates
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l lines (referrals completions fish -- $words[2..-1] "$current" 2>/dev/null)
    if test "$lines[1]" = files
        set -l flag (string match --regex '^--[^=]*=' -- "$current")
        for path in (__fish_complete_path (string replace -- "$flag" '' "$current"))
            echo -- "$flag$path"
        end
    else
        printf '%s\n' $lines[2..-1]
    end
end

complete --command referrals --no-files --arguments '(__referrals_candidates)'
