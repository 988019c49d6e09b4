# Completes the command line of referrals in bash; `referrals completions --help` says how to install it.
_referrals() {
    local words=() count=0 index word kind=
    for ((index = 1; index <= COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        # Bash makes three words of --flag=value.
        if ((count > 0)) && [[ $word == = || ${words[count - 1]} == --*= ]]; then
            words[count - 1]+=$word
        else
            words[count++]=$word
        fi
    done
    COMPREPLY=()
    while IFS= read -r word; do
        if [[ -z $kind ]]; then
            kind=$word
        else
            COMPREPLY+=("$word")
        fi
    done < <(referrals completions bash -- "${words[@]}" 2>/dev/null)
    case $kind in
        files) compopt -o default ;;
        list) compopt -o nospace ;;
    esac
}

complete -F _referrals referrals
