//! Runs the binary as its users do: arguments, pipes, files, exit codes.

mod appending;
mod demo;
mod faults;
mod fetch;
mod files;
mod folder;
mod forms;
mod kills;
mod messages;
mod pages;
mod precautions;
mod read;
mod replacing;
mod resuming;
mod run;
mod sample;
mod secrets;
mod signals;
mod slow_disk;
mod summary;
mod ways;
