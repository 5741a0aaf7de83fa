using System.Text.RegularExpressions;
using Guildhall.Memberships;
using Guildhall.Storage;
using Guildhall.Storage.Moving;
using Guildhall.Tests.Hosting;
using Guildhall.Tests.Identity;

namespace Guildhall.Tests.Storage;

public sealed class StoreMoveTests
{
    private static readonly string[] Lists = ["members?extended=true", "notifications", "blockchains", "operation/record", "quotas"];

    [Theory, EveryEngine]
    public Task A_register_on_SQLite_moves_and_serves_on(Engine engine) => MoveAndServeAsync(Engine.Sqlite, engine);

    [Theory, EveryEngine]
    public Task A_register_moves_back_to_SQLite_and_serves_on(Engine engine) => MoveAndServeAsync(engine, Engine.Sqlite);

    [Theory, EveryEngine]
    public async Task Every_table_of_the_schema_is_moved_in_the_order_of_their_references(Engine engine)
    {
        await using var source = await TestStore.CreateAsync(engine);
        await using var target = await TestStore.CreateAsync(Engine.Sqlite);
        var schema = await target.Store.ReadAsync(
            session => session.QueryAsync("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_steps'", row => row.GetString(0)),
            CancellationToken.None);

        var moved = await StoreMove.RunAsync(source.Setting, target.Setting, Unseen.Progress, CancellationToken.None);

        string[] names = [.. moved.Select(table => table.Name)];
        Assert.Equal(schema.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        Assert.True(Array.IndexOf(names, "accounts") < Array.IndexOf(names, "users") && Array.IndexOf(names, "users") < Array.IndexOf(names, "access_keys"));
        Assert.All(moved, table => Assert.Equal(new TableContent(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"), table.Target));
    }

    [Theory, EveryEngine]
    public async Task Rows_are_in_one_order_on_every_engine_whatever_is_in_them(Engine engine)
    {
        await using var source = await TestStore.CreateAsync(Engine.Sqlite);
        await using var target = await TestStore.CreateAsync(engine);
        foreach (var name in (string[])["a", "B", "ä", "Z", "z", "_", "-", "a b", "ab", "a-b", "日本", "😀", "\uffee", "é", "e\u0301", "1", "10", "9"])
        {
            await source.ExecuteAsync("INSERT INTO accounts (id, name, created_at) VALUES (@id, @id, 0)", ("id", name));
        }

        var moved = await StoreMove.RunAsync(source.Setting, target.Setting, Unseen.Progress, CancellationToken.None);

        Assert.Equal(18, moved.Single(table => table.Name == "accounts").Target.Rows);
    }

    [Theory, EveryEngine]
    public async Task A_target_with_a_row_in_it_is_refused(Engine engine)
    {
        await using var source = await TestStore.CreateAsync(Engine.Sqlite);
        await using var target = await TestStore.CreateAsync(engine);
        await target.ExecuteAsync("INSERT INTO settings (name, value) VALUES ('one', 'row')");

        var refused = await RefusedAsync(source.Setting, target.Setting);

        Assert.Equal("The target is not empty: there are rows in settings. Name an empty store.", refused);
    }

    [Theory, EveryEngine]
    public async Task A_move_that_is_cut_off_leaves_the_target_empty(Engine engine)
    {
        await using var source = await TestStore.CreateAsync(Engine.Sqlite);
        await using var target = await TestStore.CreateAsync(engine);
        await FillAsync(source, 2500);
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => StoreMove.RunAsync(source.Setting, target.Setting, new Seen(step => (step.Rows == 2000 ? stop : null)?.Cancel()), stop.Token));

        Assert.Equal(0, await CountAsync(target, "accounts"));
        Assert.Equal(2500, (await StoreMove.RunAsync(source.Setting, target.Setting, Unseen.Progress, CancellationToken.None)).Sum(table => table.Target.Rows));
    }

    /// <summary>A trigger stands for whatever changes a row on its way.</summary>
    [Fact]
    public async Task A_copy_that_reads_otherwise_is_not_kept()
    {
        await using var source = await TestStore.CreateAsync(Engine.Sqlite);
        await using var target = await TestStore.CreateAsync(Engine.Sqlite);
        await FillAsync(source, 3);
        await target.ExecuteAsync("CREATE TRIGGER spoil AFTER INSERT ON accounts WHEN NEW.name = 'account-1' BEGIN UPDATE accounts SET name = 'other' WHERE id = NEW.id; END");

        var (exitCode, output, error) = await GuildhallProcess.RunAsync("migrate-store", "--from", source.Setting, "--to", target.Setting);

        Assert.Equal((1, "The copy differs from its source in accounts. Nothing of it was kept: the target is as empty as before."), (exitCode, error));
        Assert.Matches(@"accounts +3 +[0-9a-f]{64}  3 +[0-9a-f]{64}", output);
        Assert.Equal(0, await CountAsync(target, "accounts"));
    }

    [Fact]
    public async Task The_command_prints_counts_and_checksums_and_refuses_to_run_twice()
    {
        await using var source = await TestStore.CreateAsync(Engine.Sqlite);
        await FillAsync(source, 3);
        var target = source.Setting + "-moved";

        var (exitCode, output, error) = await GuildhallProcess.RunAsync("migrate-store", "--from", source.Setting, "--to", target);
        var again = await GuildhallProcess.RunAsync("migrate-store", "--from", source.Setting, "--to", target);

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches($@"^TABLE +ROWS  CHECKSUM\n(?s:.*)accounts +3     [0-9a-f]{{64}}\n(?s:.*)All 3 rows are moved, and read the same in both stores.\nSecrets stay sealed with the same key, .*: copy it to {Regex.Escape(target)}.key, or name it with store.key_file.$", output);
        Assert.True(TemporaryFolder.IsPrivate(target));
        Assert.Equal((1, "", "The target is not empty: there are rows in accounts. Name an empty store."), again);
    }

    [Fact]
    public async Task What_cannot_be_moved_is_refused_before_anything_is_made()
    {
        await using var store = await TestStore.CreateAsync(Engine.Sqlite);
        var (source, target) = (store.Setting, store.Setting + "-moved");

        Assert.Equal($"There is no store {source}-missing.", await RefusedAsync(source + "-missing", target));
        Assert.Equal("The source and the target are the same store.", await RefusedAsync(source, source));
        using (StoreLock.Take(source))
        {
            Assert.StartsWith($"A running Guildhall has the store {source} open.", await RefusedAsync(source, target), StringComparison.Ordinal);
        }

        await store.ExecuteAsync("CREATE TABLE stranger (id text PRIMARY KEY)");
        Assert.StartsWith("The source has a table stranger that is not of this Guildhall's schema.", await RefusedAsync(source, target + "-2"), StringComparison.Ordinal);
        await store.ExecuteAsync("DROP TABLE stranger");

        await store.ExecuteAsync($"DELETE FROM schema_steps WHERE number = {Migrator.Newest}");
        Assert.StartsWith("The source has schema ", await RefusedAsync(source, target), StringComparison.Ordinal);
        await store.ExecuteAsync("DROP TABLE schema_steps");
        Assert.Equal("The source is not a store of Guildhall.", await RefusedAsync(source, target));
        Assert.False(File.Exists(target));
    }

    /// <summary>A value of the wrong type is the one thing SQLite takes and PostgreSQL does not.</summary>
    [Fact]
    public async Task A_value_that_Guildhall_did_not_write_is_named()
    {
        await using var source = await TestStore.CreateAsync(Engine.Sqlite);
        await source.ExecuteAsync("INSERT INTO accounts (id, name, created_at) VALUES ('id', 'name', 'yesterday')");

        Assert.Equal(
            "Column created_at of table accounts holds a String, which Guildhall did not write.", await RefusedAsync(source.Setting, source.Setting + "-moved"));
    }

    private static async Task MoveAndServeAsync(Engine from, Engine to)
    {
        await using var service = await TestService.StartAsync(from);
        var key = await TellStoryAsync(service);
        Person[] people = [service.Inviter, service.Invitee, service.Third];
        var before = await AskAllAsync(people);

        var target = await TestStore.CreateAsync(to);
        var moved = await StoreMoveOfServedAsync(service, target);
        await service.GoOnAsync(target);

        Assert.All(moved, table => Assert.True(table.IsSame));
        Assert.Equal(before, await AskAllAsync(people));
        Assert.Equal(201, (int)(await KeystoneTests.LogInAsync(service, "alice", "")).Status);
        Assert.Equal(key, await CreateChannelAsync(service));
        await ActOnAsync(service);
    }

    /// <summary>The server still holds its connections, but no lock, as servers of tests do; it answers nobody meanwhile.</summary>
    private static Task<IReadOnlyList<MovedTable>> StoreMoveOfServedAsync(TestService service, TestStore target) =>
        StoreMove.RunAsync(service.StoreSetting, target.Setting, Unseen.Progress, CancellationToken.None);

    /// <summary>Memberships in every state, what hangs on them, identities of every kind; answers a keyed request's answer.</summary>
    private static async Task<(int Status, string Body)> TellStoryAsync(TestService service)
    {
        await KeystoneTests.AddUserAsync(service, "alice");
        await service.ExecuteAsync(
            "INSERT INTO access_keys (access_key, secret_key, account_id, user_id, description, created_at) VALUES ('KEY', 'secret', @account, @user, 'für ü', 0)",
            ("account", service.Inviter.AccountId), ("user", service.Inviter.UserId));
        var created = await CreateChannelAsync(service);
        foreach (var state in Enum.GetValues<MembershipState>())
        {
            var guest = await service.AddPersonAsync($"guest {state} 客", $"guest-{state}", isInvitee: true);
            await service.Inviter.InviteAsync(guest);
            await (state is MembershipState.Waiting or MembershipState.Cancelled ? Task.CompletedTask
                : state is MembershipState.Rejected ? guest.RejectAsync()
                : guest.AgreeAsync());
            if (state is not MembershipState.Joining)
            {
                await service.WorkAsync();
            }

            await (state is MembershipState.Leaving or MembershipState.Left ? guest.QuitAsync() : Task.CompletedTask);
        }

        await service.JoinAsync(service.Invitee);
        await service.Inviter.InviteAsync(service.Third);
        return created;
    }

    private static async Task<string[]> AskAllAsync(Person[] people)
    {
        var answers = new List<string>();
        foreach (var person in people)
        {
            foreach (var list in Lists)
            {
                var (status, body) = await person.GetAsync(list);
                Assert.Equal(200, status);
                answers.Add(body);
            }
        }

        return [.. answers];
    }

    /// <summary>Finishes what was begun, and writes with ids above all that were there.</summary>
    private static async Task ActOnAsync(TestService service)
    {
        var (memberships, operations) = (await IdsAsync(service, "memberships"), await IdsAsync(service, "operations"));
        Assert.Equal(200, (await service.Third.AgreeAsync()).Status);
        Assert.Equal(200, (await service.Invitee.QuitAsync()).Status);
        service.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await service.AddAccountsAsync("newcomer");
        Assert.Equal(200, (await service.Inviter.InviteNamesAsync("newcomer")).Status);
        await service.WorkAsync();

        Assert.Equal(0, await service.CountAsync("SELECT count(*) FROM outbox"));
        AssertRise(memberships, await IdsAsync(service, "memberships"), 1);
        AssertRise(operations, await IdsAsync(service, "operations"), 2);
    }

    private static void AssertRise(List<string> before, List<string> after, int added)
    {
        Assert.Equal(before.Count + added, after.Count);
        Assert.All(after.Except(before), id => Assert.True(string.CompareOrdinal(id, before[^1]) > 0, $"{id} is not above {before[^1]}"));
    }

    /// <summary>The ids in the order in which they were made; an operation's begins with its type.</summary>
    private static async Task<List<string>> IdsAsync(TestService service, string table)
    {
        var ids = await service.Store.ReadAsync(
            session => session.QueryAsync($"SELECT id FROM {table}", row => table == "operations" ? row.GetString(0).Split('-')[^1] : row.GetString(0)),
            CancellationToken.None);
        ids.Sort(StringComparer.Ordinal);
        return ids;
    }

    private static Task<(int Status, string Body)> CreateChannelAsync(TestService service) => service.Inviter.SendAsync(
        HttpMethod.Post, $"blockchains/{service.Inviter.ServiceId}/channels", """{ "channels": [{ "channel_name": "second" }] }""", key: "the-key");

    private static async Task FillAsync(TestStore store, int accounts) => await store.Store.WriteAsync<Done>(
        async transaction =>
        {
            for (var n = 0; n < accounts; n++)
            {
                await transaction.ExecuteAsync("INSERT INTO accounts (id, name, created_at) VALUES (@id, @name, @at)", [("id", $"{n}"), ("name", $"account-{n}"), ("at", n)]);
            }

            return new Done();
        },
        CancellationToken.None);

    private static Task<long> CountAsync(TestStore store, string table) =>
        store.Store.ReadAsync(session => session.CountAsync($"SELECT count(*) FROM {table}"), CancellationToken.None);

    private static async Task<string> RefusedAsync(string from, string to) =>
        (await Assert.ThrowsAsync<OperatorException>(() => StoreMove.RunAsync(from, to, Unseen.Progress, CancellationToken.None))).Message;

    private sealed class Seen(Action<MoveStep> see) : IProgress<MoveStep>
    {
        public void Report(MoveStep value) => see(value);
    }

    private static class Unseen
    {
        public static readonly Seen Progress = new(_ => { });
    }
}
