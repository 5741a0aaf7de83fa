using System.Data.Common;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Networks;

namespace Guildhall.Storage;

internal static class HolderRows
{
    /// <summary>Services whose channel is the same chain, whoever's they are: its first block tells.</summary>
    private const string OtherServicesOfTheChain =
        "network_bindings mine JOIN network_bindings theirs ON theirs.channel_name = mine.channel_name AND theirs.block = mine.block AND theirs.hash = mine.hash AND theirs.service_id <> mine.service_id";

    /// <summary>With which organizations the membership is on its channel, or is on the way there.</summary>
    public static Task<List<HeldOrganization>> ListHeldAsync(this Session session, Membership membership, CancellationToken cancellationToken) =>
        session.QueryAsync(
            "SELECT name, msp, joined_at FROM held_organizations WHERE inviter_service_id = @service AND membership_id = @membership ORDER BY msp_id",
            Read,
            [("service", membership.Inviter.ServiceId), ("membership", membership.Id)],
            cancellationToken);

    /// <summary>The MSPs of what memberships of one inviter's service hold, by the membership's id and the organization's name. One statement for all of them.</summary>
    public static async Task<Dictionary<(string MembershipId, string Name), MspDefinition>> FindHeldMspsAsync(
        this Session session, string inviterServiceId, IEnumerable<string> membershipIds, CancellationToken cancellationToken)
    {
        var found = await session.QueryEachAsync(
            "SELECT membership_id, name, msp FROM held_organizations WHERE inviter_service_id = @service AND membership_id = @membership",
            row => (Key: (row.Text(0), row.Text(1)), Msp: MspDefinition.FromBytes(Convert.FromBase64String(row.Text(2)))),
            [.. membershipIds.Select(id => ((string, object?)[])[("service", inviterServiceId), ("membership", id)])],
            cancellationToken);
        return found.ToDictionary(one => one.Key, one => one.Msp);
    }

    /// <summary>The account that holds the MSP id on the channel: the inviter what it has attached and proven, a member what it came with; null when nobody does.</summary>
    /// <param name="besides">Who asks: what it holds itself is not looked at.</param>
    public static Task<string?> FindHolderAsync(this Session session, Membership besides, string mspId, CancellationToken cancellationToken) =>
        session.FindAsync<string?>(
            """
            SELECT @inviter FROM attached_organizations WHERE service_id = @service AND msp_id = @msp AND proven_at IS NOT NULL
            UNION ALL
            SELECT m.invitee_account_name
            FROM   held_organizations h
            JOIN   memberships m ON m.inviter_service_id = h.inviter_service_id AND m.id = h.membership_id
            WHERE  h.inviter_service_id = @service AND h.channel_name = @channel AND h.msp_id = @msp AND h.membership_id <> @membership
            LIMIT 1
            """,
            row => row.Text(0),
            [
                ("inviter", besides.Inviter.AccountName), ("service", besides.Inviter.ServiceId), ("channel", besides.ChannelName), ("msp", mspId), ("membership", besides.Id),
            ],
            cancellationToken);

    /// <summary>
    /// In words, who holds the MSP id on the same chain through another service that invites to it: another membership, or another account with a service of its
    /// own; null when nobody does. An account may both be a member of a channel and invite others to it.
    /// </summary>
    public static Task<string?> FindHolderElsewhereAsync(this Session session, Membership besides, string mspId, CancellationToken cancellationToken) =>
        session.FindAsync<string?>(
            $"""
            SELECT m.invitee_account_name || ' through service ' || m.inviter_service_name || ' of ' || m.inviter_account_name
            FROM   {OtherServicesOfTheChain}
            JOIN   held_organizations h ON h.inviter_service_id = theirs.service_id AND h.channel_name = theirs.channel_name AND h.msp_id = @msp
            JOIN   memberships m ON m.inviter_service_id = h.inviter_service_id AND m.id = h.membership_id
            WHERE  mine.service_id = @service AND mine.channel_name = @channel
            UNION ALL
            SELECT s.account_name || ' through its own service ' || s.name
            FROM   {OtherServicesOfTheChain}
            JOIN   channels c ON c.service_id = theirs.service_id AND c.name = theirs.channel_name
            JOIN   attached_organizations o ON o.service_id = theirs.service_id AND o.msp_id = @msp AND o.proven_at IS NOT NULL
            JOIN   services s ON s.id = theirs.service_id AND s.account_id <> @invitee
            WHERE  mine.service_id = @service AND mine.channel_name = @channel
            LIMIT 1
            """,
            row => row.Text(0),
            [("service", besides.Inviter.ServiceId), ("channel", besides.ChannelName), ("msp", mspId), ("invitee", besides.Invitee.AccountId)],
            cancellationToken);

    /// <summary>Whether another membership is on the same chain with the MSP id, through another service that invites to it.</summary>
    public static async Task<bool> IsHeldElsewhereAsync(this Session session, Membership besides, string mspId, CancellationToken cancellationToken) =>
        await session.CountAsync(
            $"""
            SELECT count(*)
            FROM   {OtherServicesOfTheChain}
            JOIN   held_organizations h ON h.inviter_service_id = theirs.service_id AND h.channel_name = theirs.channel_name AND h.msp_id = @msp
            WHERE  mine.service_id = @service AND mine.channel_name = @channel
            """,
            [("service", besides.Inviter.ServiceId), ("channel", besides.ChannelName), ("msp", mspId)],
            cancellationToken) > 0;

    /// <summary>Has the membership hold the organization on its channel; false when another one does.</summary>
    public static Task<bool> HoldAsync(this Transaction transaction, Membership membership, HeldOrganization organization, CancellationToken cancellationToken) =>
        transaction.TryChangeAsync(
            """
            INSERT INTO held_organizations (inviter_service_id, channel_name, msp_id, membership_id, name, msp, joined_at)
            VALUES (@service, @channel, @id, @membership, @name, @msp, @joined)
            ON CONFLICT (inviter_service_id, channel_name, msp_id) DO NOTHING
            """,
            [
                ("service", membership.Inviter.ServiceId), ("channel", membership.ChannelName), ("id", organization.Msp.MspId), ("membership", membership.Id),
                ("name", organization.Name), ("msp", Convert.ToBase64String(organization.Msp.ToBytes())), ("joined", organization.JoinedAt),
            ],
            cancellationToken);

    /// <summary>Writes down that what the membership holds is on the channel.</summary>
    public static Task SaveJoinedAsync(this Transaction transaction, Membership membership, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.ChangeAllAsync(
            "UPDATE held_organizations SET joined_at = @now WHERE inviter_service_id = @service AND membership_id = @membership AND joined_at IS NULL",
            [[("now", now), ("service", membership.Inviter.ServiceId), ("membership", membership.Id)]],
            cancellationToken);

    /// <summary>Lets go of all that the membership holds.</summary>
    public static Task LetGoAsync(this Transaction transaction, Membership membership, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "DELETE FROM held_organizations WHERE inviter_service_id = @service AND membership_id = @membership",
            [("service", membership.Inviter.ServiceId), ("membership", membership.Id)],
            cancellationToken);

    /// <summary>Lets go of all that is held on the channels of a service that is deleted.</summary>
    public static Task LetGoOfAllAsync(this Transaction transaction, string inviterServiceId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("DELETE FROM held_organizations WHERE inviter_service_id = @service", [("service", inviterServiceId)], cancellationToken);

    private static HeldOrganization Read(DbDataReader row) =>
        new(row.Text(0), MspDefinition.FromBytes(Convert.FromBase64String(row.Text(1))), row.TimeOrNull(2));
}
