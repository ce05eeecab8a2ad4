//! When files are due and how they are called then.
