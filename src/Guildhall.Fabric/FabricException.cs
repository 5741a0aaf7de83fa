namespace Guildhall.Fabric;

/// <summary>What could not be done on a network, at which step, and what Fabric said about it.</summary>
/// <remarks>The message says what it means and what to do; <see cref="FabricText"/> is Fabric's own text, unchanged.</remarks>
public sealed class FabricException : Exception
{
    internal FabricException(FabricStep step, FabricErrorKind kind, string message, string? fabricText = null, int? status = null, Exception? inner = null)
        : base(message, inner) => (Step, Kind, FabricText, Status) = (step, kind, fabricText, status);

    public FabricStep Step { get; }

    public FabricErrorKind Kind { get; }

    /// <summary>What the orderer or peer answered, word for word; null where it answered nothing.</summary>
    public string? FabricText { get; }

    /// <summary>The status of the answer: of the ordering service and of cscc like an HTTP status, otherwise that of gRPC.</summary>
    public int? Status { get; }

    /// <summary>Whether the same call, made a little later, may succeed with nothing else changed.</summary>
    public bool IsPassing => Kind is FabricErrorKind.NoLeader or FabricErrorKind.Unreachable or FabricErrorKind.TimedOut or FabricErrorKind.Crowded;
}

/// <summary>The steps in which a channel is changed, in their order.</summary>
public enum FabricStep
{
    ReadConfiguration,
    Prepare,
    Sign,
    Submit,
    Confirm,
    JoinPeer,
    AskPeer,
}

/// <summary>What kind of trouble it is, for programs to decide by.</summary>
public enum FabricErrorKind
{
    /// <summary>None of the others; the text says what.</summary>
    Other,

    /// <summary>Nobody answered at the address. Nothing was done.</summary>
    Unreachable,

    /// <summary>The TLS connection was not made: the certificate is not the expected one, or the server wants one of the client. Nothing was done.</summary>
    TlsRefused,

    /// <summary>The ordering service has no leader just now. Nothing was done.</summary>
    NoLeader,

    /// <summary>The answer to a read did not come in time.</summary>
    TimedOut,

    /// <summary>A block is not signed by those who make the channel's blocks, or is another one than it was.</summary>
    Untrusted,

    /// <summary>The nodes show an older configuration than one that was seen before, and is not to be gone by.</summary>
    Behind,

    /// <summary>The update was sent, and the answer was lost. It may have been taken: read the channel before anything else.</summary>
    UnknownOutcome,

    /// <summary>The channel's configuration changed since the update was prepared. Read it, prepare and sign anew.</summary>
    VersionConflict,

    /// <summary>Too few administrators' signatures that count.</summary>
    MissingSignatures,

    /// <summary>The one who submits, or reads, may not: not a member, a wrong key, or a signature that is not low-S.</summary>
    NotPermitted,

    /// <summary>The certificate of the one who submits or reads has expired.</summary>
    ExpiredIdentity,

    /// <summary>This orderer or peer does not have the channel, or not the block that was asked for.</summary>
    UnknownChannel,

    /// <summary>A read was refused as malformed, which in practice is a clock that is more than 15 minutes off.</summary>
    ClockSkew,

    /// <summary>The configuration that the update would make is refused.</summary>
    InvalidUpdate,

    /// <summary>The update would change nothing.</summary>
    NothingToChange,

    /// <summary>The update, or the block that it would make, is larger than the channel allows; or the channel's policies are larger than this library works out.</summary>
    TooLarge,

    /// <summary>The peer is in the channel already.</summary>
    AlreadyJoined,

    /// <summary>The answer cannot be read: not a Fabric node, or one of a kind that this library does not know.</summary>
    Malformed,

    /// <summary>The address is one that <see cref="FabricOptions.Connect"/> does not connect to. Nothing was done.</summary>
    NotAllowed,

    /// <summary>The node sends more than is read of it.</summary>
    AnswerTooLarge,

    /// <summary>Other nodes are sending as much as <see cref="FabricOptions.Budget"/> allows.</summary>
    Crowded,
}
