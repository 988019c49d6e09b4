//! The `referrals` program; everything it does is in the library.

fn main() -> std::process::ExitCode {
    referrals::cli::main()
}
