mod captures;
mod versions;
