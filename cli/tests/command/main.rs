//! Runs the binary as its users do: arguments, pipes, files, exit codes.

mod demo;
mod fetch;
mod files;
mod forms;
mod read;
mod run;
mod sample;
mod summary;
