//! Faults on purpose.

/// Faults planted by the simulation's own tests, to see that it finds them. Never in normal builds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Plant {
    /// None: the server as it is.
    #[default]
    Nothing,
    /// Entries are pushed and acknowledged before they are on disk.
    #[cfg(feature = "plant")]
    PublishBeforeCommit,
    /// Numbers are not checked, and the mark never moves.
    #[cfg(feature = "plant")]
    NoMark,
    /// A new session does not fence the old one.
    #[cfg(feature = "plant")]
    NoFence,
    /// A session's cursor skips an entry now and then.
    #[cfg(feature = "plant")]
    SkipCursor,
    /// The stream of a member who was removed goes on.
    #[cfg(feature = "plant")]
    StreamAfterRemoval,
    /// What was behind a change that found no space is stored before it.
    #[cfg(feature = "plant")]
    FullReorders,
}

impl Plant {
    pub(crate) fn no_mark(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::NoMark;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn no_fence(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::NoFence;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn skip_cursor(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::SkipCursor;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn stream_after_removal(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::StreamAfterRemoval;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn full_reorders(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::FullReorders;
        #[cfg(not(feature = "plant"))]
        false
    }
    pub(crate) fn publish_before_commit(self) -> bool {
        #[cfg(feature = "plant")]
        return self == Self::PublishBeforeCommit;
        #[cfg(not(feature = "plant"))]
        false
    }
}
