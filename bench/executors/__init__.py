"""Ways to execute cells; each is registered through the hook `bench_executors`."""
