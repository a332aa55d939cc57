//! What paths, queries and handler attributes mean.
