using Guildhall.Memberships;
using Guildhall.Storage;

namespace Guildhall.Tests;

/// <summary>Fills a store with more rows than anybody would make by calling the API in a test; each kind by one statement.</summary>
internal static class ManyRows
{
    private const string Numbers = "WITH RECURSIVE n (i) AS (SELECT CAST(1 AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < @count)";

    /// <summary>Finished operations of the project, one each millisecond.</summary>
    /// <param name="from">The first one's number; a later one's is higher.</param>
    public static Task AddOperationsAsync(this Store store, string accountId, string projectId, string serviceId, int count, int from = 0, string type = "03") =>
        ExecuteAsync(
            store,
            $$"""
            {{Numbers}}
            INSERT INTO operations (project_id, id, type, account_id, service_id, service_name, cluster_type, status, description, steps, recorded_at)
            SELECT @project, 'BCSSVC01-' || @type || '-' || ((1700000000000 + @from + i) * 1000000), @type, @account, @service, 'harbor', 'cce', 'finished', 'Scale organization',
                   '[{"name":"Organizations","detail":"Register the organizations and their peers","status":"Finished","attempts":0,"messages":[],"started_at":"2026-01-02T03:04:05+00:00","ended_at":"2026-01-02T03:04:05+00:00"}]',
                   1700000000000 + @from + i
            FROM   n
            """,
            ("count", count), ("from", from), ("type", type), ("account", accountId), ("project", projectId), ("service", serviceId));

    public static Task AddOperationsAsync(this TestService service, Person person, int count, int from = 0, string type = "03") =>
        service.Store.AddOperationsAsync(person.AccountId, person.ProjectId, person.ServiceId, count, from, type);

    /// <summary>Accounts that have joined the inviter's channel.</summary>
    public static Task AddMembersAsync(this Store store, string accountId, string projectId, string serviceId, int count, string state = "agreed", string channel = "channel") =>
        ExecuteAsync(
            store,
            $$"""
            {{Numbers}}
            INSERT INTO memberships (
                inviter_service_id, id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_name,
                invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name,
                state, trusted_computing, organizations, invited_at, changed_at, join_operation_id, is_read, is_hidden, version)
            SELECT @service, '01900000-0000-7000-8000-' || (100000000000 + i), @channel, @account, 'harbor-trade', @project, 'harbor',
                   'account-' || i, 'member-' || (100000 + i), 'project-' || i, 'service-' || i, 'mill',
                   @state, 1, '[{"name":"organization","node_count":1}]', 1700000000000, 1700000000000, 'BCSSVC01-05-' || i, 1, 0, 1
            FROM   n
            """,
            ("count", count), ("account", accountId), ("project", projectId), ("service", serviceId), ("state", state), ("channel", channel));

    public static Task AddMembersAsync(this TestService service, int count, string state = "agreed") =>
        service.Store.AddMembersAsync(service.Inviter.AccountId, service.Inviter.ProjectId, service.Inviter.ServiceId, count, state);

    /// <summary>Invitations of the account to channels of the inviter that it was asked into one after another, and rejected or was taken back from.</summary>
    /// <param name="removedAt">Null for ones that nobody has removed.</param>
    public static Task AddInvitationsAsync(this Store store, Person inviter, Person invitee, int count, string state, long? removedAt) =>
        ExecuteAsync(
            store,
            $$"""
            {{Numbers}}
            INSERT INTO memberships (
                inviter_service_id, id, channel_name, inviter_account_id, inviter_account_name, inviter_project_id, inviter_service_name,
                invitee_account_id, invitee_account_name, invitee_project_id, invitee_service_id, invitee_service_name,
                state, trusted_computing, organizations, invited_at, changed_at, is_read, is_hidden, removed_at, version)
            SELECT @service, '01800000-0000-7000-8000-' || (100000000000 + i), 'channel-' || i, @inviter, 'harbor-trade', @project, 'harbor',
                   @invitee, 'north-mill', '', '', '', @state, 1, '[]', 1700000000000, 1700000000000, 0, 0, CAST(@removed AS bigint), 1
            FROM   n
            """,
            ("count", count), ("service", inviter.ServiceId), ("inviter", inviter.AccountId), ("project", inviter.ProjectId), ("invitee", invitee.AccountId),
            ("state", state), ("removed", removedAt));

    private static async Task ExecuteAsync(Store store, string sql, params (string Name, object? Value)[] parameters) => await store.WriteAsync<Done>(
        async transaction =>
        {
            await transaction.ExecuteAsync(sql, parameters);
            return new Done();
        },
        CancellationToken.None);
}
