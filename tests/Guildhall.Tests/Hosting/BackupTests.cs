using Guildhall.Memberships;
using Guildhall.Storage;
using Microsoft.Data.Sqlite;

namespace Guildhall.Tests.Hosting;

public sealed class BackupTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeClock clock = new();

    private string File => folder.File("guildhall.db");

    private string Backup => folder.File("backup.db");

    [Fact]
    public async Task A_backup_taken_under_writes_holds_every_write_that_was_acknowledged_before()
    {
        await using (var opened = await OpenStore.OpenAsync(File, CancellationToken.None))
        {
            var acknowledged = 0;
            using var enough = new CancellationTokenSource();
            var writing = Task.Run(async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    await AddAccountAsync(opened.Store, $"account-{acknowledged}");
                    Interlocked.Increment(ref acknowledged);
                }
            });
            while (Volatile.Read(ref acknowledged) < 50)
            {
                await Task.Delay(5);
            }

            var before = Volatile.Read(ref acknowledged);
            var (exitCode, output, error) = await GuildhallProcess.RunAsync("backup", "--store", File, "--to", Backup);
            await enough.CancelAsync();
            await writing;

            Assert.Equal((0, $"{File} is backed up in {Backup}, and the copy is sound.", ""), (exitCode, output.Split('\n')[0], error));
            Assert.True(TemporaryFolder.IsPrivate(Backup));
            Assert.Equal([Backup], Directory.GetFiles(folder.Path, "backup*"));
            Assert.InRange(await CountAsync(Backup), before, acknowledged);
        }

        var (restored, _, why) = await GuildhallProcess.RunAsync("restore", "--from", Backup, "--store", folder.File("restored.db"));

        Assert.Equal((0, ""), (restored, why));
        Assert.Equal(await CountAsync(Backup), await CountAsync(folder.File("restored.db")));
    }

    [Fact]
    public async Task A_restore_takes_the_place_of_a_store_only_when_it_is_told_to_and_keeps_the_old_one()
    {
        await FillAsync(File, 1);
        SqliteFiles.BackUp(File, Backup);
        await FillAsync(File, 2);

        Assert.Contains("With --replace it is kept", Assert.Throws<OperatorException>(() => Restore(replaces: false)).Message);
        Assert.Equal(3, await CountAsync(File));

        Assert.Equal(File + ".20260102T030405Z", Restore(replaces: true));

        Assert.Equal(1, await CountAsync(File));
        Assert.Equal(3, await CountAsync(File + ".20260102T030405Z"));
        await FillAsync(File, 1);
        Assert.Equal(2, await CountAsync(File));
    }

    [Fact]
    public async Task A_log_that_a_crash_left_is_kept_with_the_old_store_and_never_meets_the_new_one()
    {
        await FillAsync(File, 1);
        SqliteFiles.BackUp(File, Backup);
        var crashed = folder.File("crashed.db");
        await using (var opened = await OpenStore.OpenAsync(File, CancellationToken.None))
        {
            await AddAccountAsync(opened.Store, "in the log only");
            System.IO.File.Copy(File, crashed);
            System.IO.File.Copy(File + "-wal", crashed + "-wal");
        }

        var kept = SqliteFiles.Restore(Backup, crashed, replaces: true, clock);

        Assert.Equal(1, await CountAsync(crashed));
        Assert.Equal(2, await CountAsync(kept!));
    }

    [Fact]
    public async Task A_restore_is_refused_while_a_server_has_the_store_open()
    {
        await FillAsync(File, 1);
        SqliteFiles.BackUp(File, Backup);
        await using var opened = await OpenStore.OpenAsync(File, CancellationToken.None);

        Assert.StartsWith("A running Guildhall has the store", Assert.Throws<OperatorException>(() => Restore(replaces: true)).Message);
    }

    [Fact]
    public async Task What_is_no_sound_backup_is_refused_and_changes_nothing()
    {
        await FillAsync(File, 1);
        SqliteFiles.BackUp(File, Backup);

        AssertRefused("no text is a database", () => System.IO.File.WriteAllText(Backup, new string('x', 8192)), "file is not a database");
        AssertRefused("half a file is damaged", () => Truncate(Backup), "");
        AssertRefused("another program's database", () => Fill(Backup, "CREATE TABLE other (id text)"), "is not a store of Guildhall");
        AssertRefused(
            "a newer store",
            () => Fill(Backup, "CREATE TABLE schema_steps (number bigint, name text); INSERT INTO schema_steps VALUES (9999, 'future')"),
            "has schema 9999");
        Assert.Equal(1, await CountAsync(File));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.new").Concat(Directory.GetFiles(folder.Path, "*.restoring")));

        void AssertRefused(string what, Action make, string why)
        {
            make();
            var refused = Assert.Throws<OperatorException>(() => Restore(replaces: true));
            Assert.True(refused.Message.Contains(why, StringComparison.Ordinal), $"{what}: {refused.Message}");
        }
    }

    [Fact]
    public async Task A_backup_replaces_nothing_and_a_missing_store_is_not_made()
    {
        await FillAsync(File, 1);
        System.IO.File.WriteAllText(Backup, "mine");

        Assert.Contains("exists already. A backup replaces nothing", Assert.Throws<OperatorException>(() => SqliteFiles.BackUp(File, Backup)).Message);
        Assert.Contains("There is no file", Assert.Throws<OperatorException>(() => SqliteFiles.BackUp(folder.File("none.db"), folder.File("b.db"))).Message);
        Assert.Equal("mine", System.IO.File.ReadAllText(Backup));
        Assert.False(System.IO.File.Exists(folder.File("none.db")));
    }

    [Theory]
    [InlineData("backup", "--to")]
    [InlineData("restore", "--from")]
    public async Task A_store_in_PostgreSQL_is_left_to_its_own_tools(string command, string option)
    {
        var (exitCode, _, error) = await GuildhallProcess.RunAsync(command, "--store", "Host=db;Password=hidden", option, Backup);

        Assert.Equal(1, exitCode);
        Assert.Contains("pg_dump", error);
        Assert.DoesNotContain("hidden", error);
    }

    public void Dispose() => folder.Dispose();

    private static async Task FillAsync(string file, int accounts)
    {
        await using var opened = await OpenStore.OpenAsync(file, CancellationToken.None);
        for (var i = 0; i < accounts; i++)
        {
            await AddAccountAsync(opened.Store, Guid.NewGuid().ToString());
        }
    }

    private static Task<Result<Done>> AddAccountAsync(Store store, string name) => store.WriteAsync<Done>(
        async transaction =>
        {
            await transaction.ExecuteAsync("INSERT INTO accounts (id, name, created_at) VALUES (@name, @name, 0)", [("name", name)]);
            return new Done();
        },
        CancellationToken.None);

    private static async Task<int> CountAsync(string file)
    {
        await using var store = Store.Open(file);
        return (int)await store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM accounts"), CancellationToken.None);
    }

    private static void Fill(string file, string sql)
    {
        System.IO.File.Delete(file);
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private void Truncate(string file)
    {
        System.IO.File.Delete(file);
        SqliteFiles.BackUp(File, file);
        using var stream = System.IO.File.OpenWrite(file);
        stream.SetLength(stream.Length / 2);
    }

    private string? Restore(bool replaces) => SqliteFiles.Restore(Backup, File, replaces, clock);
}
