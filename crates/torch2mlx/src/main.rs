fn main() -> std::process::ExitCode {
    torch2mlx::main()
}
