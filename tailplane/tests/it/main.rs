//! The command from outside: what it prints, how it ends; and the rules of the house.

mod command;
mod config_docs;
mod help;
mod server;
mod settings;
mod start;
mod tidy;
