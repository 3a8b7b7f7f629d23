//! See the library.

fn main() -> std::process::ExitCode {
    solution_final_project::main()
}
