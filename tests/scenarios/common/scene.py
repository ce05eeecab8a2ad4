"""What a scenario is played in: looked at when it ends well, shown when it does not, taken down."""

from checks import Wrong


class Scene:
    """A context with `close` (checks), `evidence` (text for a failure) and `down` (clean up)."""

    def __enter__(self):
        return self

    def __exit__(self, failed, error, _):
        try:
            if failed is None:
                self.close()
        except Wrong as wrong:
            error = wrong
            raise
        finally:
            if isinstance(error, Wrong):
                error.evidence = self.evidence()
            self.down()
