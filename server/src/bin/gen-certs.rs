//! Certificates.
fn main() {}
