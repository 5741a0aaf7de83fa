using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>An orderer's two calls on one channel, with the checks that Fabric makes. It can be behind, lose updates and refuse.</summary>
internal sealed class StandInOrderer(StandInChannel channel, TimeProvider clock, bool mutualTls)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    /// <summary>The blocks that it has while it is cut off.</summary>
    private ImmutableList<Block>? known;

    public bool HasLeader { get; set; } = true;

    /// <summary>Set, the next update is taken and its answer is lost.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>How many of the next updates are answered with success and go no further.</summary>
    public int LosesUpdates { get; set; }

    /// <summary>What it answers to whoever wants blocks; null where it delivers them.</summary>
    public Status? RefusesReaders { get; set; }

    /// <summary>What it answers to an update; null where it looks at it.</summary>
    public BroadcastResponse? RefusesUpdates { get; set; }

    /// <summary>Whether it hears of no new block.</summary>
    public bool IsCutOff => known is not null;

    /// <summary>Whether nothing ails it but that it may have no leader.</summary>
    public bool IsWell => !IsCutOff && LosesUpdates == 0 && RefusesReaders is null && RefusesUpdates is null;

    private ImmutableList<Block> Blocks => known ?? channel.Blocks;

    private ChannelConfiguration Current => StandInChannel.ConfigurationIn(Blocks);

    public Dictionary<string, Func<HttpContext, byte[], IAsyncEnumerable<IMessage>>> Calls => new(StringComparer.Ordinal)
    {
        ["/orderer.AtomicBroadcast/Broadcast"] = BroadcastAsync,
        ["/orderer.AtomicBroadcast/Deliver"] = (context, body) => RefusesReaders is { } refused ? RefuseAsync(refused) : DeliverAsync(context, body, static _ => true, context.RequestAborted),
    };

    /// <summary>From now on it hears of no block and finds no leader. It still shows what it has, and judges whoever asks by that.</summary>
    public void CutOff() => known ??= channel.Blocks;

    /// <summary>Has it be as it should be again.</summary>
    public void Heal() => (known, LosesUpdates, RefusesReaders, RefusesUpdates) = (null, 0, null, null);

    private async IAsyncEnumerable<IMessage> BroadcastAsync(HttpContext context, byte[] body)
    {
        await Task.Yield();
        if (RefusesUpdates is { } refused)
        {
            yield return refused;
            yield break;
        }

        var (status, info) = Take(Envelope.Parser.ParseFrom(body));
        if (LosesAnswer)
        {
            LosesAnswer = false;
            context.Abort();
            throw new OperationCanceledException();
        }

        yield return new BroadcastResponse { Status = status, Info = info };
    }

    private (Status Status, string Info) Take(Envelope envelope)
    {
        var header = HeaderOf(envelope);
        if (header.ChannelId != Current.Channel)
        {
            return (Status.BadRequest, "channel creation request not allowed because the orderer system channel is not defined");
        }

        if (IsExpired(envelope))
        {
            return (Status.BadRequest, "broadcast client identity expired");
        }

        try
        {
            StandInChannel.Check(Current, envelope);
            if (LosesUpdates > 0)
            {
                LosesUpdates--;
                return (Status.Success, "");
            }

            if (!HasLeader || IsCutOff)
            {
                return (Status.ServiceUnavailable, "no Raft leader");
            }

            channel.Take(envelope);
            return (Status.Success, "");
        }
        catch (StandInRefusal refusal)
        {
            return (refusal.Status, refusal.Message);
        }
    }

    private static async IAsyncEnumerable<IMessage> RefuseAsync(Status refused)
    {
        await Task.Yield();
        yield return new DeliverResponse { Status = refused };
    }

    /// <param name="has">Whether the node that is asked has the channel of that name.</param>
    public async IAsyncEnumerable<IMessage> DeliverAsync(HttpContext context, byte[] body, Func<string, bool> has, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var envelope = Envelope.Parser.ParseFrom(body);
        var seek = SeekInfo.Parser.ParseFrom(Payload.Parser.ParseFrom(envelope.Payload).Data);
        if (await WhyNotAsync(context, envelope, seek, has) is { } refused)
        {
            yield return new DeliverResponse { Status = refused };
            yield break;
        }

        var newest = (ulong)Blocks.Count - 1;
        var (at, last) = (Number(seek.Start, newest), Number(seek.Stop, newest));
        for (; at <= last; at++)
        {
            if (at > newest && seek.Behavior == SeekInfo.Types.Behavior.FailIfNotReady)
            {
                yield return new DeliverResponse { Status = Status.NotFound };
                yield break;
            }

            yield return new DeliverResponse { Block = await channel.WaitForAsync(at > newest && IsCutOff ? ulong.MaxValue : at, cancellationToken) };
        }

        yield return new DeliverResponse { Status = Status.Success };
    }

    private async Task<Status?> WhyNotAsync(HttpContext context, Envelope envelope, SeekInfo seek, Func<string, bool> has)
    {
        var header = HeaderOf(envelope);
        if (header.Timestamp is null || (header.Timestamp.ToDateTimeOffset() - clock.GetUtcNow()).Duration() > Window)
        {
            return Status.BadRequest;
        }

        if (mutualTls)
        {
            var shown = await context.Connection.GetClientCertificateAsync();
            if (!header.TlsCertHash.Span.SequenceEqual(SHA256.HashData(shown!.RawDataMemory.Span)))
            {
                return Status.BadRequest;
            }
        }

        if (header.ChannelId != Current.Channel || !has(header.ChannelId))
        {
            return Status.NotFound;
        }

        if ((!HasLeader || IsCutOff) && seek.ErrorResponse == SeekInfo.Types.ErrorResponse.Strict)
        {
            return Status.ServiceUnavailable;
        }

        try
        {
            StandInRules.DemandPolicy(Current, "/Channel/Readers", [Signature.OfEnvelope(envelope)]);
            return IsExpired(envelope) ? Status.Forbidden : null;
        }
        catch (StandInRefusal)
        {
            return Status.Forbidden;
        }
    }

    private bool IsExpired(Envelope envelope)
    {
        using var certificate = Signature.OfEnvelope(envelope).Claimed.ReadCertificate();
        return certificate.NotAfter.ToUniversalTime() < clock.GetUtcNow().UtcDateTime;
    }

    private static ChannelHeader HeaderOf(Envelope envelope) => ChannelHeader.Parser.ParseFrom(Payload.Parser.ParseFrom(envelope.Payload).Header.ChannelHeader);

    private static ulong Number(SeekPosition position, ulong newest) => position.TypeCase switch
    {
        SeekPosition.TypeOneofCase.Newest => newest,
        SeekPosition.TypeOneofCase.Specified => position.Specified.Number,
        _ => 0,
    };
}
