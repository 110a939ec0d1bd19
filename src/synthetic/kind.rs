//! The kinds of anomalies that are injected.

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// One step takes 12 to 40 times as long.
    DurationSpike,
    /// A message that no other row has.
    RareTemplate,
    /// The session ends before its last step.
    MissingLast,
    /// A step that all other sessions of the course have is not there.
    MissingMiddle,
    /// A step is there 8 to 25 times.
    RepeatedSteps,
    /// Two steps come in an order that they never have.
    UnusualOrder,
    /// A dependency fails, and everything that waits for it.
    ErrorCascade,
    /// The session takes 20 to 60 times as long, though none of its steps does.
    UnusualDuration,
    /// A message that begins at some time, in a few sessions.
    NewTemplate,
    /// A recurring task that is unlike all others, each row of it like the rest.
    UnusualTemplate,
    /// A recurring message that stops for hours.
    VanishedTemplate,
    /// Four to eight times as many sessions of one course.
    Volume,
    /// No session of one course.
    Silence,
    /// An instance takes three to six times as long.
    SlowInstance,
    /// Half of an instance's steps fail and are done by another.
    FailingInstance,
}

impl Kind {
    /// How many there are.
    pub const COUNT: usize = 15;

    /// All kinds, those of single sessions first.
    pub const ALL: [Self; Self::COUNT] = [
        Self::DurationSpike,
        Self::RareTemplate,
        Self::MissingLast,
        Self::MissingMiddle,
        Self::RepeatedSteps,
        Self::UnusualOrder,
        Self::ErrorCascade,
        Self::UnusualDuration,
        Self::NewTemplate,
        Self::UnusualTemplate,
        Self::VanishedTemplate,
        Self::Volume,
        Self::Silence,
        Self::SlowInstance,
        Self::FailingInstance,
    ];

    /// As truth files and the command line call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DurationSpike => "duration_spike",
            Self::RareTemplate => "rare_template",
            Self::MissingLast => "missing_last",
            Self::MissingMiddle => "missing_middle",
            Self::RepeatedSteps => "repeated_steps",
            Self::UnusualOrder => "unusual_order",
            Self::ErrorCascade => "error_cascade",
            Self::UnusualDuration => "unusual_duration",
            Self::NewTemplate => "new_template",
            Self::UnusualTemplate => "unusual_template",
            Self::VanishedTemplate => "vanished_template",
            Self::Volume => "volume",
            Self::Silence => "silence",
            Self::SlowInstance => "slow_instance",
            Self::FailingInstance => "failing_instance",
        }
    }

    /// The kind of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its place in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// Whether it concerns more than one session.
    pub fn is_episode(self) -> bool {
        self >= Self::NewTemplate
    }

    /// Its part of all anomalies where nothing else is asked for; the parts sum to 1.
    pub fn share(self) -> f64 {
        match self {
            Self::DurationSpike => 0.17,
            Self::RareTemplate | Self::MissingLast | Self::MissingMiddle | Self::ErrorCascade => 0.115,
            Self::RepeatedSteps | Self::UnusualOrder => 0.09,
            Self::UnusualDuration => 0.078,
            _ => 0.016,
        }
    }
}
