//! To be written.

use super::{Account, Editor};
use crate::error::Error;
use crate::record::{Entry, Standing, Traces};
use crate::world::World;

pub struct Aliyun<'a> {
    account: Account<'a>,
}

impl<'a> Aliyun<'a> {
    pub fn new(account: Account<'a>) -> Aliyun<'a> {
        Aliyun { account }
    }
}

impl Editor for Aliyun<'_> {
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
