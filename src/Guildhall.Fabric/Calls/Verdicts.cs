using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>What Fabric's answers mean. The table in docs/fabric.md says the same to people.</summary>
internal static class Verdicts
{
    private const int GrpcUnavailable = 14;
    private const int MaxQuoted = 400; // of a node's text, which may be as long as it likes
    private const string Stale = "The channel's configuration has changed since this update was prepared. Read it, prepare the update again, and have it signed again.";
    private const string NoLeader = "The ordering service has no leader just now; it elects one within seconds, if enough orderers run.";
    private const string NotAccepted = "The peer does not accept who asks: not of a member organization, an expired certificate, or a key that is not the certificate's.";

    /// <summary>Parts of Fabric's texts by which one refusal of an update is told from another; the first that fits counts.</summary>
    private static readonly (string Part, FabricErrorKind Kind, string Meaning)[] Texts =
    [
        ("no Raft leader", FabricErrorKind.NoLeader, NoLeader),
        ("error validating ReadSet", FabricErrorKind.VersionConflict, Stale),
        ("but key is at version", FabricErrorKind.VersionConflict, Stale),
        ("delta set was empty", FabricErrorKind.NothingToChange, "The update changes nothing."),
        ("identity expired", FabricErrorKind.ExpiredIdentity, "The certificate of the one who submits has expired; enroll it again."),
        ("error validating DeltaSet: policy for", FabricErrorKind.MissingSignatures, "The signatures that count are too few for the channel's policy."),
        ("did not pass final checks", FabricErrorKind.NotPermitted, "The orderer's own organization does not let its orderers write to the channel; its Writers have to include them."),
        ("permission denied", FabricErrorKind.NotPermitted, "The one who submits is no writer of the channel: not a member of it, a key that is not the certificate's, or a signature that is not low-S."),
        ("channel creation request not allowed", FabricErrorKind.UnknownChannel, "This orderer does not have the channel."),
        ("message payload is", FabricErrorKind.TooLarge, "The update is larger than the channel's batches may be."),
    ];

    private static readonly (string Part, FabricErrorKind Kind, string Meaning)[] PeerTexts =
    [
        ("already exists", FabricErrorKind.AlreadyJoined, "The peer is in the channel already."),
        ("not found", FabricErrorKind.UnknownChannel, "The peer is not in the channel."),
        ("access denied for [", FabricErrorKind.NotPermitted, "The peer takes this from an administrator of its own organization only."),
        ("access denied", FabricErrorKind.NotPermitted, NotAccepted),
        ("identity", FabricErrorKind.NotPermitted, NotAccepted),
    ];

    public static FabricException OfBroadcast(BroadcastResponse answer)
    {
        var (_, kind, meaning) = Texts.FirstOrDefault(one => answer.Info.Contains(one.Part, StringComparison.Ordinal));
        if (meaning is null)
        {
            (kind, meaning) = answer.Status switch
            {
                Status.ServiceUnavailable => (FabricErrorKind.NoLeader, "The ordering service takes nothing just now."),
                Status.Forbidden => (FabricErrorKind.NotPermitted, "The one who submits may not write to the channel."),
                Status.NotFound => (FabricErrorKind.UnknownChannel, "This orderer does not have the channel."),
                Status.BadRequest => (FabricErrorKind.InvalidUpdate, "The ordering service refuses the configuration that the update would make."),
                Status.RequestEntityTooLarge => (FabricErrorKind.TooLarge, "The update is larger than the ordering service takes."),
                _ => (FabricErrorKind.Other, $"The ordering service answered {(int)answer.Status}."),
            };
        }

        return With(FabricStep.Submit, kind, meaning, answer.Info, (int)answer.Status);
    }

    /// <summary>Deliver gives a bare number; what it most likely means is all there is to say.</summary>
    public static FabricException OfDeliver(Status status, FabricStep step, string channel)
    {
        var (kind, meaning) = status switch
        {
            Status.BadRequest => (
                FabricErrorKind.ClockSkew,
                "The orderer refuses the request as malformed. The usual cause is that this machine's clock is more than 15 minutes off the orderer's; "
                + "otherwise, that the TLS client certificate is changed on the way."),
            Status.Forbidden => (
                FabricErrorKind.NotPermitted,
                $"The reader may not read channel {channel}: its organization is not in it (any more), its certificate has expired, or its key is not the certificate's."),
            Status.NotFound => (FabricErrorKind.UnknownChannel, $"The orderer does not have channel {channel}, or not the block."),
            Status.ServiceUnavailable => (FabricErrorKind.NoLeader, NoLeader),
            _ => (FabricErrorKind.Other, "The orderer ended the delivery of blocks."),
        };
        return With(step, kind, meaning, $"status {(int)status}", (int)status);
    }

    public static FabricException OfPeer(Response answer, FabricStep step)
    {
        var (kind, meaning) = OfPeerText(answer.Message) ?? (FabricErrorKind.Other, "The peer refuses.");
        return With(step, kind, meaning, answer.Message, answer.Status);
    }

    /// <param name="repeatable">Whether the call can be made again without harm, so that a lost answer is no riddle.</param>
    public static FabricException OfCall(GrpcProblem problem, FabricStep step, bool repeatable)
    {
        if (problem.Failure == GrpcFailure.Refused)
        {
            return OfStatus(problem, step);
        }

        var kind = problem.Failure switch
        {
            GrpcFailure.NotReached => FabricErrorKind.Unreachable,
            GrpcFailure.TlsRefused => FabricErrorKind.TlsRefused,
            GrpcFailure.NotAllowed => FabricErrorKind.NotAllowed,
            _ when !repeatable => FabricErrorKind.UnknownOutcome,
            GrpcFailure.TimedOut => FabricErrorKind.TimedOut,
            GrpcFailure.TooMuch => FabricErrorKind.AnswerTooLarge,
            GrpcFailure.Crowded => FabricErrorKind.Crowded,
            _ => FabricErrorKind.Unreachable,
        };
        var more = kind == FabricErrorKind.UnknownOutcome ? " The update may have been taken all the same: read the channel's configuration before sending it again." : "";
        return new FabricException(step, kind, problem.Message + more, inner: problem);
    }

    private static FabricException OfStatus(GrpcProblem problem, FabricStep step)
    {
        var (kind, meaning) = problem.Status == GrpcUnavailable
            ? (FabricErrorKind.Unreachable, "The server is there and takes no calls.")
            : OfPeerText(problem.Message) ?? (FabricErrorKind.Other, "The server refuses.");
        return With(step, kind, meaning, problem.Message, problem.Status);
    }

    private static (FabricErrorKind Kind, string Meaning)? OfPeerText(string text) =>
        PeerTexts.Where(one => text.Contains(one.Part, StringComparison.Ordinal)).Select(one => ((FabricErrorKind, string)?)(one.Kind, one.Meaning)).FirstOrDefault();

    private static FabricException With(FabricStep step, FabricErrorKind kind, string meaning, string text, int? status) =>
        new(step, kind, $"{meaning} Fabric says: {Quoted(text)}", text, status);

    private static string Quoted(string text) => text.Length <= MaxQuoted ? text : text[..MaxQuoted] + "…";
}
