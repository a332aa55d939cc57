//! What paths, queries, templates and attributes say, by table and against Kubernetes' own way to read a path.

mod oracle;
mod paths;
mod spans;
