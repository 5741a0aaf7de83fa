using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Google.Protobuf;
using Guildhall.Fabric.Messages;

namespace Guildhall.Tests.Fabric;

/// <summary>An orderer's two calls on one channel, with the checks that Fabric makes.</summary>
internal sealed class StandInOrderer(StandInChannel channel, TimeProvider clock, bool mutualTls)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    public bool HasLeader { get; set; } = true;

    /// <summary>Set, the next update is taken and its answer is lost.</summary>
    public bool LosesAnswer { get; set; }

    /// <summary>Set, the next update is answered with success and goes no further.</summary>
    public bool LosesUpdate { get; set; }

    public Dictionary<string, Func<HttpContext, byte[], IAsyncEnumerable<IMessage>>> Calls => new(StringComparer.Ordinal)
    {
        ["/orderer.AtomicBroadcast/Broadcast"] = BroadcastAsync,
        ["/orderer.AtomicBroadcast/Deliver"] = (context, body) => DeliverAsync(context, body, static _ => true, context.RequestAborted),
    };

    private async IAsyncEnumerable<IMessage> BroadcastAsync(HttpContext context, byte[] body)
    {
        await Task.Yield();
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
        if (header.ChannelId != channel.Current.Channel)
        {
            return (Status.BadRequest, "channel creation request not allowed because the orderer system channel is not defined");
        }

        if (!HasLeader)
        {
            return (Status.ServiceUnavailable, "no Raft leader");
        }

        if (IsExpired(envelope))
        {
            return (Status.BadRequest, "broadcast client identity expired");
        }

        if (LosesUpdate)
        {
            LosesUpdate = false;
            return (Status.Success, "");
        }

        try
        {
            channel.Take(envelope);
            return (Status.Success, "");
        }
        catch (StandInRefusal refusal)
        {
            return (refusal.Status, refusal.Message);
        }
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

        var newest = (ulong)channel.Blocks.Count - 1;
        var (at, last) = (Number(seek.Start, newest), Number(seek.Stop, newest));
        for (; at <= last; at++)
        {
            if (at > newest && seek.Behavior == SeekInfo.Types.Behavior.FailIfNotReady)
            {
                yield return new DeliverResponse { Status = Status.NotFound };
                yield break;
            }

            yield return new DeliverResponse { Block = await channel.WaitForAsync(at, cancellationToken) };
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

        if (header.ChannelId != channel.Current.Channel || !has(header.ChannelId))
        {
            return Status.NotFound;
        }

        if (!HasLeader && seek.ErrorResponse == SeekInfo.Types.ErrorResponse.Strict)
        {
            return Status.ServiceUnavailable;
        }

        try
        {
            StandInRules.DemandPolicy(channel.Current, "/Channel/Readers", [Signature.OfEnvelope(envelope)]);
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
