//! Record stores: each writes requests and reads replies, and reaches the world only through its
//! trait.

#[cfg(feature = "cloudflare")]
pub mod cloudflare;
#[cfg(feature = "rfc2136")]
pub mod rfc2136;

use crate::error::Error;
use crate::record::{Change, Done, Record, Target};
use crate::world::World;

/// A place where records live.
pub trait Provider {
    /// The records that stand at the target now.
    fn list(&self, world: &mut dyn World, target: &Target) -> Result<Vec<Record>, Error>;

    /// Carries out `changes`, in as few requests and as atomically as the provider can, and tells
    /// each that is done. After an error some may be done and untold.
    fn apply(
        &self,
        world: &mut dyn World,
        target: &Target,
        changes: &[Change],
        told: &mut dyn FnMut(Done),
    ) -> Result<(), Error>;
}
