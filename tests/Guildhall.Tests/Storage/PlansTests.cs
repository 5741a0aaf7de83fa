using Guildhall.Hosting;
using Guildhall.Memberships;
using Guildhall.Storage;
using Guildhall.Tests.Console;
using Guildhall.Tests.Identity;
using Microsoft.Data.Sqlite;
using Npgsql;
using SQLitePCL;

namespace Guildhall.Tests.Storage;

/// <summary>Whether every statement of the operations has an index to go by.</summary>
public sealed class PlansTests
{
    /// <summary>Asked once, when a server starts, of a table without the index it would take.</summary>
    private static readonly string[] AtStart = ["schema_steps", "FROM   attached_organizations o JOIN services s ON s.id = o.service_id\nWHERE  o.administrator IS NOT NULL"];

    /// <summary>What is planned; the tables' own definitions are not.</summary>
    private static readonly string[] Verbs = ["SELECT", "INSERT", "UPDATE", "DELETE"];

    [Fact]
    public async Task No_operation_reads_a_table_from_end_to_end()
    {
        await using var service = await TestService.StartAsync(change: Bounded);
        await AskForEverythingAsync(service);

        var plans = await PlansAsync((SqliteDialect)service.Store.Dialect);

        Assert.Empty(
            from plan in plans
            where !AtStart.Any(part => plan.Sql.Contains(part, StringComparison.Ordinal))
            from step in plan.Steps
            where step.StartsWith("SCAN ", StringComparison.Ordinal) && step is not ("SCAN CONSTANT ROW" or "SCAN (subquery-1)") && !IsOfResult(step, plan.Sql)
            select $"{step}: {plan.Sql}");
        string[] hot =
        [
            "UNION ALL", // ListMembers
            "removed_at IS NOT NULL\nORDER BY id DESC", // the newest membership, of those that were removed
            "FROM   tokens t",
            "FROM   access_keys k",
            "FROM outbox WHERE due_at <=",
            "SELECT min(due_at) FROM outbox",
            "UPDATE memberships",
            "DELETE FROM tokens WHERE hash IN",
            "SELECT 1 FROM tokens",
            "SELECT at FROM requests",
            "SELECT taken FROM places",
            "FROM   channels c CROSS JOIN memberships m",
            "SELECT id FROM operations WHERE id >", // when a server starts
            "SELECT channel_name, state, count(*)",
            "SELECT invitee_account_name, id, invitee_service_id",
            "SELECT inviter_account_name", // whom else a service serves
        ];
        Assert.All(hot, part => Assert.Contains(plans, plan => plan.Sql.Contains(part, StringComparison.Ordinal)));
        Assert.Contains(
            plans,
            plan => plan.Sql.Contains("removed_at IS NOT NULL\nORDER BY id DESC", StringComparison.Ordinal)
                && plan.Steps.Any(step => step.Contains("INDEX memberships_removed (inviter_service_id=? AND channel_name=? AND invitee_account_name=?)", StringComparison.Ordinal)));
        AssertGoesBy(
            "SELECT @name,",
            "memberships_waiting (invitee_account_name=?)",
            "memberships_waiting (invitee_account_name=? AND inviter_account_id=?)",
            "memberships_waiting (invitee_account_name=? AND inviter_account_id=? AND invited_at>?)",
            "memberships_settled (invitee_account_name=? AND inviter_account_id=? AND invited_at>?)");
        AssertGoesBy("SELECT 1 FROM tokens", "tokens_by_user (account_id=? AND user_id=?)");
        AssertGoesBy("SELECT at FROM requests", "requests_by_account (account_id=? AND at>?)");
        AssertGoesBy("SELECT id FROM operations WHERE id >", "operations_by_id (id>? AND id<?)");
        AssertGoesBy("SELECT invitee_account_name, id, invitee_service_id", "memberships_current (inviter_service_id=? AND channel_name=? AND invitee_account_name>?)");
        AssertGoesBy("SELECT inviter_account_name", "memberships_by_invitee_service (invitee_service_id=? AND state=?)");
        AssertGoesBy("FROM   channels c CROSS JOIN memberships m", "memberships_current (inviter_service_id=? AND channel_name=? AND invitee_account_name=?)");

        void AssertGoesBy(string part, params string[] indexes)
        {
            var plan = plans.First(plan => plan.Sql.Contains(part, StringComparison.Ordinal));
            Assert.All(indexes, index => Assert.Contains(plan.Steps, step => step.EndsWith("INDEX " + index, StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_statement_that_would_is_noticed()
    {
        await using var service = await TestService.StartAsync();
        await service.CountAsync("SELECT count(*) FROM memberships WHERE state = 'waiting'");

        var plans = await PlansAsync((SqliteDialect)service.Store.Dialect);

        Assert.Contains(plans, plan => plan.Steps.Contains("SCAN memberships"));
    }

    /// <remarks>
    /// PostgreSQL reads small tables from end to end though an index would do. So it is told how dear that is, and how dear to go through a whole index:
    /// what is left is to look up what a condition names. Where it reads a table all the same, no index has the condition.
    /// </remarks>
    [Theory, PostgresOnly]
    public async Task No_operation_reads_a_table_of_PostgreSQL_from_end_to_end(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, Bounded);
        var setting = new NpgsqlConnectionStringBuilder(service.StoreSetting);
        var schema = setting.SearchPath!;
        await service.RestartAsync(new NpgsqlConnectionStringBuilder(setting.ToString()) { Options = "-c enable_seqscan=off -c enable_indexscan=off -c enable_indexonlyscan=off", ApplicationName = "dear" + schema }.ToString());
        await using var looking = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(setting.ToString()) { ApplicationName = "looking" }.ToString());
        var before = await ReadsOnceEndedAsync(looking, schema, schema);

        await AskForEverythingAsync(service);
        await service.CountAsync("SELECT count(*) FROM settings WHERE value = 'nothing'"); // one that does is noticed
        await service.RestartAsync(setting.ToString());
        var after = await ReadsOnceEndedAsync(looking, "dear" + schema, schema);

        Assert.True(after["memberships"].ByIndex > before["memberships"].ByIndex);
        Assert.Equal(
            ["settings"],
            after.Keys.Where(table => after[table].FromEndToEnd > before[table].FromEndToEnd).Order(StringComparer.Ordinal));
    }

    /// <summary>So that what is bounded is counted.</summary>
    private static ServerSettings Bounded(ServerSettings settings) => settings with { Quotas = Quotas.Ordinary };

    /// <summary>Whether what is gone through is the result of a part of the statement.</summary>
    private static bool IsOfResult(string step, string sql) => sql.Contains($") AS {step["SCAN ".Length..]}", StringComparison.Ordinal);

    /// <summary>How often each table was read, once the sessions of that name have ended: they tell when they do.</summary>
    private static async Task<Dictionary<string, (long FromEndToEnd, long ByIndex)>> ReadsOnceEndedAsync(NpgsqlDataSource source, string sessions, string schema)
    {
        await using var open = source.CreateCommand($"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{sessions}'");
        while ((long)(await open.ExecuteScalarAsync())! > 0)
        {
            await Task.Yield();
        }

        await using var command = source.CreateCommand($"SELECT relname, seq_scan, coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE schemaname = '{schema}'");
        await using var reader = await command.ExecuteReaderAsync();
        var reads = new Dictionary<string, (long, long)>();
        while (await reader.ReadAsync())
        {
            reads.Add(reader.GetString(0), (reader.GetInt64(1), reader.GetInt64(2)));
        }

        return reads;
    }

    private static async Task AskForEverythingAsync(TestService service)
    {
        var (inviter, invitee) = (service.Inviter, service.Invitee);
        var own = "blockchains/" + inviter.ServiceId;
        await service.JoinAsync(invitee);
        foreach (var path in (string[])
        [
            "members", "members?status=agreed&channel_name=channel&invitor_bcs_id=x&marker=a&limit=5", "notifications", "notifications?status=agreed&limit=5&marker=a",
            "blockchains", "blockchains?limit=1&marker=x", own, own + "/status", own + "/nodes", own + "/channels", "quotas", "blockchains/flavors",
            "operation/record", "operation/record?operation_id=x&blockchain_id=y&operation_status=finished&operation_type=05&marker=z&limit=5",
        ])
        {
            Assert.Equal(200, (await inviter.GetAsync(path)).Status);
            Assert.Equal(path.StartsWith(own, StringComparison.Ordinal) ? 400 : 200, (await invitee.GetAsync(path)).Status);
        }

        await LookAsync(service);
        await invitee.PutAsync("notifications/" + await invitee.NotificationIdAsync(), """{ "read_status": 0 }""");
        await invitee.QuitAsync();
        await service.WorkAsync();
        await inviter.DeleteInvitationAsync(invitee, "quit");
        await inviter.PutAsync(own, """{ "node_orgs": [{ "name": "organization", "node_count": 2 }] }""");
        await inviter.PostAsync(own + "/channels", """{ "channels": [{ "channel_name": "second" }] }""");
        await inviter.PostAsync(own + "/channels/peers", """{ "channel_peers": [{ "channel_name": "second", "peers": { "organization": 1 } }] }""");
        await inviter.DeleteAsync(own + "/channel/channel");
        await inviter.SendAsync(HttpMethod.Post, own + "/channels", """{ "channels": [{ "channel_name": "third" }] }""", key: "key");
        await inviter.PostAsync("blockchains", """
            { "name": "other", "version_type": 3, "cluster_type": "cce", "enterprise_project_id": "0", "resource_password": "none", "create_new_cluster": false }
            """);
        await inviter.InviteAsync(service.Third, channel: "second");
        await service.Third.PostAsync("blockchains", $$"""
            {
              "name": "guest", "version_type": 3, "cluster_type": "cce", "enterprise_project_id": "0", "resource_password": "none", "create_new_cluster": false, "is_invitee": true,
              "invitor_infos": { "tenant_id": "{{inviter.AccountId}}", "project_id": "{{inviter.ProjectId}}", "blockchain_id": "{{inviter.ServiceId}}" }
            }
            """);
        await service.Third.AgreeAsync(channel: "second");
        await inviter.DeleteServiceAsync();
        await service.Store.ReadAsync(session => session.FindNextDueAsync(service.Clock.GetUtcNow(), CancellationToken.None), CancellationToken.None); // the worker, before it sleeps
        await service.WorkAsync();

        await KeystoneTests.AddUserAsync(service, "alice");
        service.Clock.Advance(TimeSpan.FromMinutes(2)); // long enough for old tokens to be looked for
        var token = (await KeystoneTests.LogInAsync(service, "alice", """, "scope": { "project": { "name": "cn-north-4" } } """)).Token!;
        const string Credentials = "/v3.0/OS-CREDENTIAL/credentials";
        var body = $$"""{ "credential": { "user_id": "{{inviter.UserId}}" } }""";
        foreach (var (method, path, json) in ((string, string, string?)[])
        [
            ("GET", "/v3/projects", null), ("GET", "/v3/auth/projects", null), ("GET", "/v3/auth/tokens", null), ("POST", Credentials, body),
            ("GET", Credentials + "?user_id=" + inviter.UserId, null), ("GET", Credentials + "/NOKEY", null), ("DELETE", "/v3/auth/tokens", null),
        ])
        {
            Assert.True((int)(await KeystoneTests.SendAsync(service, method, path, token, json, subject: token)).Status is < 300 or 404, path);
        }

        using var signed = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Address, "/v3/projects"));
        TestSigner.Sign(signed, "NOBODYSKEY", "secret", service.Clock.GetUtcNow());
        await KeystoneTests.SendAsync(service, signed);
    }

    /// <summary>The pages of people who have joined each other, or were asked to.</summary>
    private static async Task LookAsync(TestService service)
    {
        await service.Inviter.InviteAsync(service.Third);
        var (own, invitation) = ("/console/services/" + service.Inviter.ServiceId, await service.Third.NotificationIdAsync());
        foreach (var (person, path) in ((Person, string)[])
        [
            (service.Inviter, "/console/services"), (service.Inviter, own), (service.Inviter, own + "/delete"), (service.Inviter, own + "/network"), (service.Inviter, own + "/channels/channel"),
            (service.Inviter, "/console/members"), (service.Inviter, "/console/topology"), (service.Inviter, "/console/topology/" + service.Inviter.ServiceId), (service.Third, "/console/inbox"),
            (service.Third, "/console/inbox/" + invitation),
        ])
        {
            Assert.Equal(200, await ConsoleVisitor.With(service, person.Token).GetAsync(path));
        }

        await service.Inviter.DeleteInvitationAsync(service.Third, "waiting");
    }

    [Fact]
    public async Task A_prepared_statement_is_not_prepared_anew_for_another_limit()
    {
        const int PreparedAnew = 5; // SQLITE_STMTSTATUS_REPREPARE
        await using var service = await TestService.StartAsync();
        var link = await service.Store.Dialect.RentReaderAsync(CancellationToken.None);
        var database = ((SqliteConnection)link.Connection).Handle!;
        raw.sqlite3_prepare_v2(database, "SELECT count(*) FROM (SELECT 1 FROM accounts LIMIT ?)", out var statement);
        using (statement)
        {
            foreach (var limit in (int[])[1, 2, 3])
            {
                raw.sqlite3_bind_int(statement, 1, limit);
                Assert.Equal(raw.SQLITE_ROW, raw.sqlite3_step(statement));
                Assert.Equal(limit, raw.sqlite3_column_int(statement, 0));
                raw.sqlite3_reset(statement);
            }

            Assert.Equal(0, raw.sqlite3_stmt_status(statement, PreparedAnew, 0));
        }

        await service.Store.Dialect.ReturnReader(link);
    }

    /// <summary>The statements that the store keeps prepared, on its writing connection and on those for reading.</summary>
    private static async Task<List<(string Sql, List<string> Steps)>> PlansAsync(SqliteDialect dialect)
    {
        const int Readers = 8;
        HashSet<string> kept = [];
        await dialect.WriteAsync<Done>(
            _ =>
            {
                kept.UnionWith(dialect.KeptByWriter);
                return Task.FromResult<Result<Done>>(new Done());
            },
            accounts: null,
            size: 1,
            () => { },
            CancellationToken.None);
        List<Link> links = [];
        for (var i = 0; i < Readers; i++)
        {
            links.Add(await dialect.RentReaderAsync(CancellationToken.None));
            kept.UnionWith(links[i].KeptStatements);
        }

        var database = ((SqliteConnection)links[0].Connection).Handle!;
        var plans = kept.Where(sql => Verbs.Any(verb => sql.StartsWith(verb, StringComparison.Ordinal))).Select(sql => (sql, StepsOf(sql, database))).ToList();
        foreach (var link in links)
        {
            await dialect.ReturnReader(link);
        }

        return plans;
    }

    private static List<string> StepsOf(string sql, sqlite3 database)
    {
        const int DetailColumn = 3;
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(database, "EXPLAIN QUERY PLAN " + sql, out var explanation));
        using (explanation)
        {
            var steps = new List<string>();
            while (raw.sqlite3_step(explanation) == raw.SQLITE_ROW)
            {
                steps.Add(raw.sqlite3_column_text(explanation, DetailColumn).utf8_to_string());
            }

            return steps;
        }
    }

}
