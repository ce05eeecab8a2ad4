//! To be written.

use super::super::{Account, Editor};
use crate::error::Error;
use crate::record::{Entry, Standing, Traces};
use crate::world::World;

pub struct Zones<'a> {
    account: Account<'a>,
}

impl<'a> Zones<'a> {
    pub fn new(account: Account<'a>) -> Zones<'a> {
        Zones { account }
    }
}

impl Editor for Zones<'_> {
    fn find(
        &self,
        _world: &mut dyn World,
        _entry: &Entry,
        _traces: &mut Traces,
    ) -> Result<Option<Vec<Standing>>, Error> {
        Err(Error::local("to be written", self.account.base))
    }

    fn insert(
        &self,
        _world: &mut dyn World,
        _entry: &Entry,
        _traces: &mut Traces,
    ) -> Result<Standing, Error> {
        Err(Error::local("to be written", self.account.base))
    }

    fn change(
        &self,
        _world: &mut dyn World,
        _entry: &Entry,
        _from: &[Standing],
        _traces: &mut Traces,
    ) -> Result<Standing, Error> {
        Err(Error::local("to be written", self.account.base))
    }
}
