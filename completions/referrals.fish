# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_referrals_global_optspecs
    string join \n profile= demo api-url= token-file= max-wait= color= utc v/verbose q/quiet h/help V/version
end

function __fish_referrals_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_referrals_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_referrals_using_subcommand
    set -l cmd (__fish_referrals_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c referrals -n "__fish_referrals_needs_command" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_needs_command" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_needs_command" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_needs_command" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_needs_command" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_needs_command" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_needs_command" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_needs_command" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_needs_command" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_needs_command" -s V -l version -d 'Print version'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "pending" -d 'Show referrals that wait for an answer, soonest deadline first'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "expiring" -d 'Show unanswered referrals that are about to lapse, and their value'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "list" -d 'List referrals that match the given filters'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "show" -d 'Show one referral in full'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "login" -d 'Sign in to Partner Center'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "logout" -d 'Delete the stored sign-in'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "status" -d 'Show the signed-in account, where its sign-in is stored and when it expires'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "doctor" -d 'Check settings, network, sign-in and API access'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "sandbox" -d 'Serve the built-in sample API on this machine'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "man" -d 'Print a manual page'
complete -c referrals -n "__fish_referrals_needs_command" -f -a "help" -d 'Print the help of the program or of a command'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l type -d 'Keep referrals of this type (can be repeated)' -r -f -a "shared\t''
independent\t''"
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l qualification -d 'Keep referrals with this qualification (can be repeated)' -r -f -a "none\t''
direct\t''
marketing-qualified\t''
sales-qualified\t''"
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l kind -d 'Keep leads, qualified leads or co-sell opportunities (can be repeated)' -r -f -a "lead\t''
qualified-lead\t''
co-sell\t''
other\t''"
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l country -d 'Keep customers in this country, a two-letter code (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l seller -d 'Keep referrals with this person on our team (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l engagement -d 'Keep referrals of this engagement, i.e. deal (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l customer -d 'Keep customers whose name contains this text (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l currency -d 'Keep deals in this currency (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l min-value -d 'Keep deals worth at least this much, such as 25000 or 100k' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l max-value -d 'Keep deals worth at most this much, such as 25000 or 1.5m' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l created-after -d 'Keep referrals created at or after this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l created-before -d 'Keep referrals created before this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l updated-after -d 'Keep referrals last changed at or after this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l updated-before -d 'Keep referrals last changed before this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l closing-after -d 'Keep deals expected to close on or after this day; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l closing-before -d 'Keep deals expected to close before this day; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l deadline-before -d 'Keep unanswered referrals due before this date; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l filter -d 'Keep referrals that match this OData expression (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l sort -d 'Sort by this key' -r -f -a "created\t''
updated\t''
deadline\t''
closing\t''
value\t''
customer\t''"
complete -c referrals -n "__fish_referrals_using_subcommand pending" -s n -l limit -d 'Show at most this many referrals (0: all, also on a terminal)' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l select -d 'Request only these properties, such as id,status,details/notes' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l format -d 'Print in this format [default: from the extension of --output, or table]' -r -f -a "table\t''
json\t''
jsonl\t''
csv\t''
tsv\t''
xlsx\t''"
complete -c referrals -n "__fish_referrals_using_subcommand pending" -s o -l output -d 'Write to this file, which is replaced only when the output is complete' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l columns -d 'Print these columns in this order, or "all"; "help" lists them' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l desc -d 'Sort in descending order: largest, latest or Z first'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l asc -d 'Sort in ascending order: smallest, earliest or A first'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l csv-raw -d 'Do not escape text in CSV that looks like a formula'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l excel -d 'Write CSV that Excel opens correctly with a double-click'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l no-pager -d 'Do not show long output in the pager'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l allow-partial -d 'Keep the partial output when the listing breaks off (still exit code 7)'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l explain -d 'Print the request and what would be done locally, and send nothing'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand pending" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l within -d 'Show referrals that lapse within this time: 36h, 3d, 2w, friday' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l type -d 'Keep referrals of this type (can be repeated)' -r -f -a "shared\t''
independent\t''"
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l qualification -d 'Keep referrals with this qualification (can be repeated)' -r -f -a "none\t''
direct\t''
marketing-qualified\t''
sales-qualified\t''"
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l kind -d 'Keep leads, qualified leads or co-sell opportunities (can be repeated)' -r -f -a "lead\t''
qualified-lead\t''
co-sell\t''
other\t''"
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l country -d 'Keep customers in this country, a two-letter code (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l seller -d 'Keep referrals with this person on our team (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l engagement -d 'Keep referrals of this engagement, i.e. deal (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l customer -d 'Keep customers whose name contains this text (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l currency -d 'Keep deals in this currency (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l min-value -d 'Keep deals worth at least this much, such as 25000 or 100k' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l max-value -d 'Keep deals worth at most this much, such as 25000 or 1.5m' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l created-after -d 'Keep referrals created at or after this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l created-before -d 'Keep referrals created before this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l updated-after -d 'Keep referrals last changed at or after this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l updated-before -d 'Keep referrals last changed before this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l closing-after -d 'Keep deals expected to close on or after this day; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l closing-before -d 'Keep deals expected to close before this day; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l deadline-before -d 'Keep unanswered referrals due before this date; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l filter -d 'Keep referrals that match this OData expression (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l sort -d 'Sort by this key' -r -f -a "created\t''
updated\t''
deadline\t''
closing\t''
value\t''
customer\t''"
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -s n -l limit -d 'Show at most this many referrals (0: all, also on a terminal)' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l select -d 'Request only these properties, such as id,status,details/notes' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l format -d 'Print in this format [default: from the extension of --output, or table]' -r -f -a "table\t''
json\t''
jsonl\t''
csv\t''
tsv\t''
xlsx\t''"
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -s o -l output -d 'Write to this file, which is replaced only when the output is complete' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l columns -d 'Print these columns in this order, or "all"; "help" lists them' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l exit-code -d 'Exit with code 3 if any referral is shown'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l desc -d 'Sort in descending order: largest, latest or Z first'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l asc -d 'Sort in ascending order: smallest, earliest or A first'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l csv-raw -d 'Do not escape text in CSV that looks like a formula'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l excel -d 'Write CSV that Excel opens correctly with a double-click'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l no-pager -d 'Do not show long output in the pager'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l allow-partial -d 'Keep the partial output when the listing breaks off (still exit code 7)'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l explain -d 'Print the request and what would be done locally, and send nothing'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand expiring" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l status -d 'Keep referrals with this status (can be repeated)' -r -f -a "none\t''
new\t''
active\t''
closed\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -l substatus -d 'Keep referrals with this substatus (can be repeated)' -r -f -a "none\t''
pending\t''
received\t''
accepted\t''
won\t''
lost\t''
declined\t''
expired\t''
error\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -l type -d 'Keep referrals of this type (can be repeated)' -r -f -a "shared\t''
independent\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -l qualification -d 'Keep referrals with this qualification (can be repeated)' -r -f -a "none\t''
direct\t''
marketing-qualified\t''
sales-qualified\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -l kind -d 'Keep leads, qualified leads or co-sell opportunities (can be repeated)' -r -f -a "lead\t''
qualified-lead\t''
co-sell\t''
other\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -l country -d 'Keep customers in this country, a two-letter code (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l seller -d 'Keep referrals with this person on our team (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l engagement -d 'Keep referrals of this engagement, i.e. deal (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l customer -d 'Keep customers whose name contains this text (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l currency -d 'Keep deals in this currency (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l min-value -d 'Keep deals worth at least this much, such as 25000 or 100k' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l max-value -d 'Keep deals worth at most this much, such as 25000 or 1.5m' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l created-after -d 'Keep referrals created at or after this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l created-before -d 'Keep referrals created before this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l updated-after -d 'Keep referrals last changed at or after this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l updated-before -d 'Keep referrals last changed before this date' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l closing-after -d 'Keep deals expected to close on or after this day; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l closing-before -d 'Keep deals expected to close before this day; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l deadline-before -d 'Keep unanswered referrals due before this date; a span counts ahead' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l filter -d 'Keep referrals that match this OData expression (can be repeated)' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l sort -d 'Sort by this key' -r -f -a "created\t''
updated\t''
deadline\t''
closing\t''
value\t''
customer\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -s n -l limit -d 'Show at most this many referrals (0: all, also on a terminal)' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l select -d 'Request only these properties, such as id,status,details/notes' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l format -d 'Print in this format [default: from the extension of --output, or table]' -r -f -a "table\t''
json\t''
jsonl\t''
csv\t''
tsv\t''
xlsx\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -s o -l output -d 'Write to this file, which is replaced only when the output is complete' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand list" -l columns -d 'Print these columns in this order, or "all"; "help" lists them' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand list" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand list" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand list" -l incoming -d 'Keep referrals sent to us'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l outgoing -d 'Keep referrals we sent'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l pending -d 'Keep unanswered referrals (substatus Pending)'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l desc -d 'Sort in descending order: largest, latest or Z first'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l asc -d 'Sort in ascending order: smallest, earliest or A first'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l csv-raw -d 'Do not escape text in CSV that looks like a formula'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l excel -d 'Write CSV that Excel opens correctly with a double-click'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l no-pager -d 'Do not show long output in the pager'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l allow-partial -d 'Keep the partial output when the listing breaks off (still exit code 7)'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l explain -d 'Print the request and what would be done locally, and send nothing'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand list" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand list" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand list" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand show" -l format -d 'Print in this format [default: from the extension of --output, or table]' -r -f -a "table\t''
json\t''
jsonl\t''
csv\t''
tsv\t''
xlsx\t''"
complete -c referrals -n "__fish_referrals_using_subcommand show" -s o -l output -d 'Write to this file, which is replaced only when the output is complete' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand show" -l columns -d 'Print these columns in this order, or "all"; "help" lists them' -r
complete -c referrals -n "__fish_referrals_using_subcommand show" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand show" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand show" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand show" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand show" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand show" -l csv-raw -d 'Do not escape text in CSV that looks like a formula'
complete -c referrals -n "__fish_referrals_using_subcommand show" -l excel -d 'Write CSV that Excel opens correctly with a double-click'
complete -c referrals -n "__fish_referrals_using_subcommand show" -l no-pager -d 'Do not show long output in the pager'
complete -c referrals -n "__fish_referrals_using_subcommand show" -l allow-partial -d 'Keep the partial output when the listing breaks off (still exit code 7)'
complete -c referrals -n "__fish_referrals_using_subcommand show" -l explain -d 'Print the request and what would be done locally, and send nothing'
complete -c referrals -n "__fish_referrals_using_subcommand show" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand show" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand show" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand show" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand login" -l client-id -d 'Use the app registration with this client ID [env: REFERRALS_CLIENT_ID]' -r
complete -c referrals -n "__fish_referrals_using_subcommand login" -l tenant -d 'Sign in to this tenant, an ID or a domain [env: REFERRALS_TENANT]' -r
complete -c referrals -n "__fish_referrals_using_subcommand login" -l authority -d 'Sign in at this URL, for national clouds [env: REFERRALS_AUTHORITY]' -r
complete -c referrals -n "__fish_referrals_using_subcommand login" -l scope -d 'Request this scope [env: REFERRALS_SCOPE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand login" -l store -d 'Store the sign-in in the system\'s keyring, or in a file only you can read [env: REFERRALS_STORE]' -r -f -a "keyring\t''
file\t''"
complete -c referrals -n "__fish_referrals_using_subcommand login" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand login" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand login" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand login" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand login" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand login" -l device-code -d 'Sign in with a code entered on another device; often blocked by policy'
complete -c referrals -n "__fish_referrals_using_subcommand login" -l no-browser -d 'Print the sign-in URL instead of opening a browser'
complete -c referrals -n "__fish_referrals_using_subcommand login" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand login" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand login" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand login" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l all -d 'Sign out of every profile'
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand logout" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand logout" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand logout" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand status" -l format -d 'Print in this format' -r -f -a "text\t''
json\t''"
complete -c referrals -n "__fish_referrals_using_subcommand status" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand status" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand status" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand status" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand status" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand status" -l check -d 'Print nothing but warnings; exit with 4 when the next run would need you'
complete -c referrals -n "__fish_referrals_using_subcommand status" -l all -d 'Show every profile in the settings file'
complete -c referrals -n "__fish_referrals_using_subcommand status" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand status" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand status" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand status" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l format -d 'Print in this format' -r -f -a "text\t''
json\t''"
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l port -d 'Listen on this port (0: any free port)' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l referrals -d 'Generate this many referrals' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l page-size -d 'Return this many referrals per page' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l latency -d 'Delay each response by this time' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l seed -d 'Generate the referrals from this seed' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l token -d 'Accept only this access token' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l documented-only -d 'Reject filters and orders that the API does not document'
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand sandbox" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand completions" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand completions" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand completions" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand completions" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand completions" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand completions" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand completions" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand completions" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand completions" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand man" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand man" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand man" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand man" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand man" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand man" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand man" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand man" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand man" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c referrals -n "__fish_referrals_using_subcommand help" -l profile -d 'Use this profile of the settings file [env: REFERRALS_PROFILE]' -r
complete -c referrals -n "__fish_referrals_using_subcommand help" -l api-url -d 'Use the API at this URL [env: REFERRALS_API_URL]' -r
complete -c referrals -n "__fish_referrals_using_subcommand help" -l token-file -d 'Read the access token from this file [env: REFERRALS_TOKEN_FILE]' -r -F
complete -c referrals -n "__fish_referrals_using_subcommand help" -l max-wait -d 'Retry a failed request for at most this long' -r
complete -c referrals -n "__fish_referrals_using_subcommand help" -l color -d 'Use colour in the output' -r -f -a "auto\t''
always\t''
never\t''"
complete -c referrals -n "__fish_referrals_using_subcommand help" -l demo -d 'Use sample data from a built-in API; needs no account'
complete -c referrals -n "__fish_referrals_using_subcommand help" -l utc -d 'Use UTC instead of the local time zone'
complete -c referrals -n "__fish_referrals_using_subcommand help" -s v -l verbose -d 'Print details, such as how dates were read (-vv: every request)'
complete -c referrals -n "__fish_referrals_using_subcommand help" -s q -l quiet -d 'Print only errors and warnings to standard error'
complete -c referrals -n "__fish_referrals_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
