using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>Holds attached channels against the register. What differs is told and kept; nothing is put right. Safe for concurrent use.</summary>
internal sealed partial class ChannelTruth(Store store, ChannelSessions channels, OwnNodes own, LookLimits limits, TimeProvider clock, ILogger<ChannelTruth> log)
{
    private const int MostAttempts = 5;
    private const int MostLogged = 10; // findings

    /// <summary>Looks at one channel of an inviter's service now, and keeps what it sees.</summary>
    /// <returns>Null when the service or its channel is gone, or it is attached to no network; also where that came about, or it was attached anew, during the look.</returns>
    public async Task<WatchedChannel?> LookAsync(string projectId, string serviceId, string channelName, CancellationToken cancellationToken)
    {
        var known = await store.ReadAsync(session => FindAsync(session, projectId, serviceId, channelName, cancellationToken), cancellationToken);
        if (known is null)
        {
            return null;
        }

        var seen = await SeeAsync(known, channelName, cancellationToken);
        var saved = await store.WriteSharedAsync<Noticed?>(
            [known.Service.AccountId],
            async transaction =>
            {
                if (!known.IsSameAs(await FindAsync(transaction, projectId, serviceId, channelName, cancellationToken)))
                {
                    return (Noticed?)null;
                }

                var earlier = await transaction.FindWatchedAsync(serviceId, channelName, cancellationToken);
                var isNews = earlier is null || !seen.SaysAs(earlier);
                var kept = isNews ? seen : seen with { Since = earlier!.Since };
                await transaction.SaveAsync(kept, cancellationToken);
                return new Noticed(kept, isNews && (earlier is not null || kept.State != ChannelState.True));
            },
            cancellationToken);
        if (saved.IsRefused(out var busy, out var noticed))
        {
            throw new InvalidOperationException($"The store turned the look at channel {channelName} away: {busy.Message}");
        }

        if (noticed is { IsNews: true })
        {
            Tell(known.Service, noticed.Seen);
        }

        return noticed?.Seen;
    }

    private async Task<WatchedChannel> SeeAsync(Known known, string channelName, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(limits.Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        try
        {
            var sessions = channels.Within(limits.NodeDeadline);
            var before = await DigestAsync(known, channelName, drift: null, cancellationToken);
            for (var attempt = 1; ; attempt++)
            {
                var current = (await own.SeeAsync(
                    known.Attachment,
                    channelName,
                    number => sessions.ReadReferenceAsync(known.Attachment, known.Service, channelName, number, either.Token),
                    earlier => sessions.ReadAsync(known.Attachment, known.Service, channelName, earlier, either.Token),
                    either.Token)).Channel;
                var drift = new ChannelDrift(current);
                var registered = await DigestAsync(known, channelName, drift, cancellationToken);
                if (registered == before || attempt == MostAttempts)
                {
                    return WatchedChannel.Read(known.Service.Id, channelName, current.Sequence, drift.Findings, clock.GetUtcNow());
                }

                before = registered; // somebody came or went while the channel was read, which is no difference
            }
        }
        catch (Exception problem) when (problem is FabricException or OperatorException)
        {
            return WatchedChannel.NotRead(known.Service.Id, channelName, problem.Message, clock.GetUtcNow());
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return WatchedChannel.NotRead(known.Service.Id, channelName, $"Its orderers did not answer within {limits.Deadline.TotalSeconds:0} seconds.", clock.GetUtcNow());
        }
    }

    private static async Task<Known?> FindAsync(Session session, string projectId, string serviceId, string channelName, CancellationToken cancellationToken) =>
        await session.FindServiceAsync(projectId, serviceId, cancellationToken) is { } service
        && await session.FindChannelAsync(serviceId, channelName, cancellationToken) is { } channel
        && await session.FindAttachmentAsync(serviceId, cancellationToken) is { } attachment
            ? new Known(service, channel, attachment)
            : null;

    /// <summary>A number that two readings of the register share when they saw the same.</summary>
    /// <param name="drift">Is told of everyone; null where the channel was not read yet.</param>
    private async Task<string> DigestAsync(Known known, string channelName, ChannelDrift? drift, CancellationToken cancellationToken)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await foreach (var organization in ReadRegisteredAsync(known, channelName, cancellationToken))
        {
            drift?.Add(organization);
            AppendTo(digest, organization);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private static void AppendTo(IncrementalHash digest, RegisteredOrganization organization)
    {
        foreach (var text in (string[])[organization.AccountName, organization.ServiceName, organization.Name, organization.IsNeeded ? "needed" : ""])
        {
            digest.AppendData(Encoding.UTF8.GetBytes(text + "\0"));
        }

        digest.AppendData(organization.Msp?.ToBytes() ?? []);
    }

    /// <summary>Everyone whom the register has on the channel, the inviter first, read a few at a time.</summary>
    private async IAsyncEnumerable<RegisteredOrganization> ReadRegisteredAsync(
        Known known, string channelName, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var taking = known.Channel.Peers;
        foreach (var organization in known.Attachment.Organizations)
        {
            yield return new RegisteredOrganization(
                known.Service.AccountName, known.Service.Name, organization.Name, organization.Msp,
                IsNeeded: taking.Any(one => one.Name == organization.Name) || (taking.IsEmpty && known.Attachment.Organizations.Length == 1));
        }

        for (var after = ""; after is not null;)
        {
            var place = after;
            var (members, next) = await store.ReadAsync(session => ReadMembersAsync(session, known.Service.Id, channelName, place, cancellationToken), cancellationToken);
            foreach (var member in members)
            {
                yield return member;
            }

            after = next;
        }
    }

    private static async Task<Piece<RegisteredOrganization, string>> ReadMembersAsync(
        Session session, string serviceId, string channelName, string after, CancellationToken cancellationToken)
    {
        var piece = await session.ReadMembersOfChannelAsync(serviceId, channelName, after, cancellationToken);
        var members = piece.Rows.FindAll(member => member.State is MembershipState.Joining or MembershipState.Joined or MembershipState.Leaving);
        var msps = await session.FindMspsAsync(members.Select(member => member.Invitee.ServiceId), cancellationToken);
        var held = await session.FindHeldMspsAsync(serviceId, members.Select(member => member.Id), cancellationToken);
        var registered =
            from member in members
            from organization in member.Organizations
            select new RegisteredOrganization(
                member.Invitee.AccountName, member.Invitee.ServiceName, organization.Name,
                MspOf(msps.GetValueOrDefault((member.Invitee.ServiceId, organization.Name)), held.GetValueOrDefault((member.Id, organization.Name))),
                IsNeeded: member.State == MembershipState.Joined);
        return new([.. registered], piece.Next);
    }

    /// <summary>Whoever is attached under another MSP id by now is on the channel with the one with which it joined.</summary>
    private static MspDefinition? MspOf(MspDefinition? attached, MspDefinition? held) => attached is not null && held is not null && held.MspId != attached.MspId ? held : attached;

    private void Tell(Service service, WatchedChannel seen)
    {
        switch (seen.State)
        {
            case ChannelState.Drifted:
                Drifted(seen.ChannelName, service.Name, service.AccountName, string.Join(" ", seen.Findings.Take(MostLogged).Select(finding => finding.Words)));
                break;
            case ChannelState.Unreadable:
                NotRead(seen.ChannelName, service.Name, service.AccountName, seen.Problem!);
                break;
            default:
                TrueAgain(seen.ChannelName, service.Name, service.AccountName);
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Channel {Channel} of service {Service} of {Account} is not as the register has it: {Findings}")]
    private partial void Drifted(string channel, string service, string account, string findings);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Channel {Channel} of service {Service} of {Account} could not be held against the register: {Problem}")]
    private partial void NotRead(string channel, string service, string account, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Channel {Channel} of service {Service} of {Account} is as the register has it")]
    private partial void TrueAgain(string channel, string service, string account);

    private sealed record Known(Service Service, Channel Channel, Attachment Attachment)
    {
        /// <summary>Whether what was looked at is what there is now, and not another by its name.</summary>
        public bool IsSameAs(Known? now) => now is not null && now.Channel.CreatedAt == Channel.CreatedAt && now.Attachment.AttachedAt == Attachment.AttachedAt;
    }

    private sealed record Noticed(WatchedChannel Seen, bool IsNews);
}
