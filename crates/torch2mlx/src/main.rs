/// A port makes millions of small nodes, facts and pieces on all threads; the system's allocator costs a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    torch2mlx::main()
}
