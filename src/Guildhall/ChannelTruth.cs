using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Outbox;
using Guildhall.Services;
using Guildhall.Storage;

namespace Guildhall;

/// <summary>Holds attached channels against the register. What differs is told and kept; nothing is put right. Safe for concurrent use.</summary>
internal sealed partial class ChannelTruth(Store store, ChannelSessions channels, LookLimits limits, TimeProvider clock, ILogger<ChannelTruth> log)
{
    private const int MostAttempts = 5;
    private const int MostLogged = 10; // findings

    /// <summary>Looks at one channel of an inviter's service now, and keeps what it sees.</summary>
    /// <returns>Null when the service or its channel is gone, or it is attached to no network.</returns>
    public async Task<WatchedChannel?> LookAsync(string projectId, string serviceId, string channelName, CancellationToken cancellationToken)
    {
        var known = await store.ReadAsync(session => FindAsync(session, projectId, serviceId, channelName, cancellationToken), cancellationToken);
        if (known is null)
        {
            return null;
        }

        var seen = await SeeAsync(known, channelName, cancellationToken);
        var saved = await store.WriteAsync<Noticed>(
            async transaction =>
            {
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

        if (noticed.IsNews)
        {
            Tell(known.Service, noticed.Seen);
        }

        return noticed.Seen;
    }

    private async Task<WatchedChannel> SeeAsync(Known known, string channelName, CancellationToken cancellationToken)
    {
        using var enough = new CancellationTokenSource(limits.Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(enough.Token, cancellationToken);
        try
        {
            var before = await ListAsync();
            for (var attempt = 1; ; attempt++)
            {
                var current = await channels.Within(limits.NodeDeadline).ReadAsync(known.Attachment, known.Service, channelName, either.Token);
                var registered = await ListAsync();
                if (registered.SequenceEqual(before) || attempt == MostAttempts)
                {
                    return WatchedChannel.Read(known.Service.Id, channelName, current.Sequence, ChannelDrift.Of(current, registered), clock.GetUtcNow());
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

        Task<List<RegisteredOrganization>> ListAsync() => store.ReadAsync(session => ListRegisteredAsync(session, known, channelName, cancellationToken), cancellationToken);
    }

    private static async Task<Known?> FindAsync(Session session, string projectId, string serviceId, string channelName, CancellationToken cancellationToken) =>
        await session.FindServiceAsync(projectId, serviceId, cancellationToken) is { } service
        && await session.FindChannelAsync(serviceId, channelName, cancellationToken) is { } channel
        && await session.FindAttachmentAsync(serviceId, cancellationToken) is { } attachment
            ? new Known(service, channel, attachment)
            : null;

    private static async Task<List<RegisteredOrganization>> ListRegisteredAsync(Session session, Known known, string channelName, CancellationToken cancellationToken)
    {
        var own = known.Channel.Peers;
        var registered = known.Attachment.Organizations.Select(organization => new RegisteredOrganization(
            known.Service.AccountName, known.Service.Name, organization.Name, organization.Msp,
            IsNeeded: own.Any(one => one.Name == organization.Name) || (own.IsEmpty && known.Attachment.Organizations.Length == 1))).ToList();
        foreach (var membership in await session.ListInvitedByServiceAsync(known.Service.Id, cancellationToken))
        {
            if (membership.ChannelName != channelName || membership.State is not (MembershipState.Joining or MembershipState.Joined or MembershipState.Leaving))
            {
                continue;
            }

            var attachment = await session.FindAttachmentAsync(membership.Invitee.ServiceId, cancellationToken);
            registered.AddRange(membership.Organizations.Select(organization => new RegisteredOrganization(
                membership.Invitee.AccountName, membership.Invitee.ServiceName, organization.Name, attachment?.Find(organization.Name)?.Msp,
                IsNeeded: membership.State == MembershipState.Joined)));
        }

        return registered;
    }

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

    private sealed record Known(Service Service, Channel Channel, Attachment Attachment);

    private sealed record Noticed(WatchedChannel Seen, bool IsNews);
}
