using System.Text;
using Guildhall.Sealing;
using Guildhall.Storage;
using Guildhall.Tests.Hosting;
using Microsoft.Data.Sqlite;

namespace Guildhall.Tests.Sealing;

/// <summary>Who has the store's files, its log or a backup, and not its key, has no secret.</summary>
public sealed class StoredSecretsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder.File("guildhall.db");

    public void Dispose() => folder.Dispose();

    [Theory, EveryEngine]
    public async Task No_secret_can_be_read_in_the_tables(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var tenant = await SealedTenant.CreateAsync(store.Store);
        var key = await tenant.CreateKeyAsync(store.Store);
        await tenant.AttachAsync(store.Store);

        var all = await SealedTenant.ReadAllAsync(store.Store);

        Assert.Contains(key.Access, all, StringComparison.Ordinal);
        Assert.All(Secrets(key.Secret), secret => Assert.DoesNotContain(secret, all, StringComparison.Ordinal));
        Assert.Equal(key.Secret, await SealedTenant.OpenAsync(store.Store, key.Access));
        await tenant.SignAsync(store.Store);
    }

    [Fact]
    public async Task Nor_in_the_file_its_log_or_a_backup()
    {
        await using var opened = await OpenStore.OpenAsync(File, default);
        var tenant = await SealedTenant.CreateAsync(opened.Store);
        var key = await tenant.CreateKeyAsync(opened.Store);
        await tenant.AttachAsync(opened.Store);

        SqliteFiles.BackUp(File, folder.File("backup.db"));

        AssertIn("the log", Encoding.ASCII.GetBytes(key.Access), Bytes(File + "-wal"));
        foreach (var file in (string[])[File, File + "-wal", folder.File("backup.db")])
        {
            Assert.All(Secrets(key.Secret), secret => AssertNotIn(file, Encoding.ASCII.GetBytes(secret), Bytes(file)));
        }
    }

    [Fact]
    public async Task A_deleted_secret_leaves_the_store_also_as_it_was_sealed()
    {
        await using var opened = await OpenStore.OpenAsync(File, default);
        var tenant = await SealedTenant.CreateAsync(opened.Store);
        var key = await tenant.CreateKeyAsync(opened.Store);
        await tenant.AttachAsync(opened.Store);
        var texts = await opened.Store.ReadAsync(
            session => session.QueryAsync("SELECT secret_key FROM access_keys UNION ALL SELECT administrator FROM attached_organizations", row => Encoding.UTF8.GetBytes(row.GetString(0))), default);
        Checkpoint();
        Assert.All(texts, text => AssertIn("the file", text.AsSpan(text.Length - 60), Bytes(File)));

        await tenant.DeleteKeyAsync(opened.Store, key.Access);
        await opened.Store.WriteAsync<Guildhall.Memberships.Done>(
            async transaction =>
            {
                await transaction.DetachAsync(tenant.ServiceId, default);
                return new Guildhall.Memberships.Done();
            },
            default);
        Checkpoint();

        foreach (var file in (string[])[File, File + "-wal"])
        {
            Assert.All(texts, text => AssertNotIn(file, text.AsSpan(text.Length - 60), Bytes(file)));
        }
    }

    [Fact]
    public async Task A_backup_holds_nothing_of_what_was_deleted()
    {
        await using (await OpenStore.OpenAsync(File, default))
        {
        }

        // Another program deletes, and leaves what it deleted in the file.
        Run("PRAGMA secure_delete = OFF; CREATE TABLE others (word text); INSERT INTO others VALUES ('a-word-that-was-deleted'); DELETE FROM others; PRAGMA wal_checkpoint(TRUNCATE)");
        AssertIn("the file", "a-word-that-was-deleted"u8, Bytes(File));

        SqliteFiles.BackUp(File, folder.File("backup.db"));

        AssertNotIn("the backup", "a-word-that-was-deleted"u8, Bytes(folder.File("backup.db")));
        Assert.True(TemporaryFolder.IsPrivate(folder.File("backup.db")));
    }

    [Fact]
    public async Task The_first_start_makes_a_key_for_its_owners_eyes_and_a_backup_says_that_both_are_needed()
    {
        await using (await OpenStore.OpenAsync(File, default))
        {
        }

        var (exitCode, output, _) = await GuildhallProcess.RunAsync("backup", "--store", File, "--to", folder.File("backup.db"));

        Assert.Equal(0, exitCode);
        Assert.True(TemporaryFolder.IsPrivate(File + ".key"));
        Assert.Equal(StoreKey.Length, Convert.FromBase64String(System.IO.File.ReadAllText(File + ".key").Trim()).Length);
        Assert.EndsWith($"Its secrets are sealed with a key that is not in it: the file {File}.key. Both are needed. Keep a copy of the key apart from the backups.", output, StringComparison.Ordinal);
        Assert.Equal([File + ".key"], Directory.GetFiles(folder.Path, "*key*"));
    }

    [Fact]
    public async Task A_restored_store_without_its_key_does_not_start_and_says_how_to_go_on()
    {
        (string Access, string Secret) key;
        await using (var opened = await OpenStore.OpenAsync(File, default))
        {
            key = await (await SealedTenant.CreateAsync(opened.Store)).CreateKeyAsync(opened.Store);
        }

        SqliteFiles.BackUp(File, folder.File("backup.db"));
        var restored = folder.File("restored.db");
        var told = await GuildhallProcess.RunAsync("restore", "--from", folder.File("backup.db"), "--store", restored);
        var (exitCode, _, error) = await GuildhallProcess.RunAsync("serve", "--urls", "http://127.0.0.1:0", "--store", restored, "--network", "register");

        Assert.Contains($"Its key is not here: put the key file back as {restored}.key", told.Output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Matches($"^The store is sealed with the key [0-9a-f]{{16}}, and its key file {restored}.key is missing. Without it, the access keys", error);
        Assert.Contains("guildhall store replace-lost-key", error, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(restored + ".key"));

        System.IO.File.Copy(File + ".key", restored + ".key");
        await using var again = await OpenStore.OpenAsync(restored, default);
        Assert.Equal(key.Secret, await SealedTenant.OpenAsync(again.Store, key.Access));
    }

    [Fact]
    public async Task A_store_whose_key_is_lost_goes_on_without_its_secrets_and_with_all_else()
    {
        (string Access, string Secret) key;
        SealedTenant tenant;
        await using (var opened = await OpenStore.OpenAsync(File, default))
        {
            tenant = await SealedTenant.CreateAsync(opened.Store);
            key = await tenant.CreateKeyAsync(opened.Store);
            await tenant.AttachAsync(opened.Store);
        }

        var early = await GuildhallProcess.RunAsync("store", "replace-lost-key", "--store", File);
        System.IO.File.Delete(File + ".key");
        var replaced = await GuildhallProcess.RunAsync("store", "replace-lost-key", "--store", File, "--json");

        Assert.Equal((1, "The store's key is at hand: nothing is lost. To exchange it, run guildhall store rotate-key."), (early.ExitCode, early.Error));
        Assert.Equal((0, ""), (replaced.ExitCode, replaced.Error));
        Assert.Contains("\"access_keys_gone\": \"1\"", replaced.Output, StringComparison.Ordinal);
        Assert.Contains("\"private_keys_gone\": \"2\"", replaced.Output, StringComparison.Ordinal);
        await using var again = await OpenStore.OpenAsync(File, default);
        Assert.Null(await SealedTenant.OpenAsync(again.Store, key.Access));
        var attachment = await again.Store.ReadAsync(session => session.FindAttachmentAsync(tenant.ServiceId, default), default);
        Assert.Null(Assert.Single(attachment!.Organizations).Administrator);
        var another = await tenant.CreateKeyAsync(again.Store);
        Assert.Equal(another.Secret, await SealedTenant.OpenAsync(again.Store, another.Access));
    }

    [Theory, EveryEngine]
    public async Task Another_key_is_refused(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);
        var (first, second) = (new StoreKeys(NewKeyFile("first"), null, null), new StoreKeys(NewKeyFile("second"), null, null));
        await (await OpenStore.OpenAsync(store.Setting, first, default)).DisposeAsync();

        var refused = await Assert.ThrowsAsync<OperatorException>(() => OpenStore.OpenAsync(store.Setting, second, default));

        Assert.Contains($"{folder.File("second")} holds another one", refused.Message, StringComparison.Ordinal);
        await (await OpenStore.OpenAsync(store.Setting, first, default)).DisposeAsync();
    }

    [Theory, PostgresOnly]
    public async Task Replicas_that_start_together_with_different_keys_agree_on_one(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);
        var keys = Enumerable.Range(0, 6).Select(n => new StoreKeys(NewKeyFile($"key-{n % 2}-{n}", n % 2), null, null)).ToArray();

        var starts = await Task.WhenAll(keys.Select(async one =>
        {
            try
            {
                await (await OpenStore.OpenAsync(store.Setting, one, default)).DisposeAsync();
                return true;
            }
            catch (OperatorException refused) when (refused.Message.Contains("holds another one", StringComparison.Ordinal))
            {
                return false;
            }
        }));

        bool[] ofEven = [true, false, true, false, true, false];
        Assert.True(starts.SequenceEqual(ofEven) || starts.SequenceEqual(ofEven.Select(one => !one)), string.Join(' ', starts));
    }

    [Theory, PostgresOnly]
    public async Task A_store_in_PostgreSQL_does_not_start_without_a_key(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);

        var (exitCode, _, error) = await RunWithoutKeyAsync("serve", "--urls", "http://127.0.0.1:0", "--store", store.Setting, "--network", "register");

        Assert.Equal(1, exitCode);
        Assert.Contains("store.key_file: it is not set. A store in PostgreSQL needs a key that is not in it, the same for every replica", error, StringComparison.Ordinal);
        Assert.Contains("openssl rand -base64 32", error, StringComparison.Ordinal);
        Assert.Contains("""{ "store.key_file": "/etc/guildhall/store.key" }""", error, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task What_is_sealed_opens_for_nobody_else(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var (mill, foundry) = (await SealedTenant.CreateAsync(store.Store), await SealedTenant.CreateAsync(store.Store, "south-foundry"));
        var (one, other, theirs) = (await mill.CreateKeyAsync(store.Store), await mill.CreateKeyAsync(store.Store), await foundry.CreateKeyAsync(store.Store));

        // Who can write into the store puts a secret that they know behind another's key.
        foreach (var from in (string[])[other.Access, theirs.Access])
        {
            await store.ExecuteAsync(
                "UPDATE access_keys SET secret_key = (SELECT secret_key FROM access_keys WHERE access_key = @from) WHERE access_key = @to", ("from", from), ("to", one.Access));
            await Assert.ThrowsAsync<OperatorException>(() => SealedTenant.OpenAsync(store.Store, one.Access));
        }

        await store.ExecuteAsync(
            "UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE account_id = @from) WHERE account_id = @to", ("from", foundry.AccountId), ("to", mill.AccountId));
        await Assert.ThrowsAsync<OperatorException>(() => SealedTenant.OpenAsync(store.Store, other.Access));
        await store.ExecuteAsync("UPDATE access_keys SET secret_key = 'known', data_key = NULL WHERE access_key = @key", ("key", theirs.Access));
        Assert.Contains("is not sealed", (await Assert.ThrowsAsync<OperatorException>(() => SealedTenant.OpenAsync(store.Store, theirs.Access))).Message, StringComparison.Ordinal);
    }

    [Theory, EveryEngine]
    public async Task A_moved_store_needs_the_same_key(Engine engine)
    {
        (string Access, string Secret) key;
        SealedTenant tenant;
        await using (var opened = await OpenStore.OpenAsync(File, default))
        {
            tenant = await SealedTenant.CreateAsync(opened.Store);
            key = await tenant.CreateKeyAsync(opened.Store);
            await tenant.AttachAsync(opened.Store);
        }

        await using var target = await TestStore.CreateEmptyAsync(engine);
        var (exitCode, output, _) = await GuildhallProcess.RunAsync("migrate-store", "--from", File, "--to", target.Setting);

        Assert.Equal(0, exitCode);
        Assert.Contains($"Secrets stay sealed with the same key, the file {File}.key: ", output, StringComparison.Ordinal);
        var another = new StoreKeys(NewKeyFile("another"), null, null);
        Assert.Contains("holds another one", (await Assert.ThrowsAsync<OperatorException>(() => OpenStore.OpenAsync(target.Setting, another, default))).Message, StringComparison.Ordinal);
        await using var moved = await OpenStore.OpenAsync(target.Setting, new StoreKeys(File + ".key", null, null), default);
        Assert.Equal(key.Secret, await SealedTenant.OpenAsync(moved.Store, key.Access));
        await tenant.SignAsync(moved.Store);
    }

    internal static IEnumerable<string> Secrets(string secretKey) =>
        [secretKey, .. SealedTenant.Admin.KeyPem.Split('\n')[1..^2], .. SealedTenant.Tls.KeyPem.Split('\n')[1..^2]];

    internal static byte[] Bytes(string file)
    {
        if (!System.IO.File.Exists(file))
        {
            return [];
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    internal static void AssertNotIn(string what, ReadOnlySpan<byte> needle, byte[] bytes) =>
        Assert.True(bytes.AsSpan().IndexOf(needle) < 0, $"{Encoding.UTF8.GetString(needle)} is in {what}");

    private static void AssertIn(string what, ReadOnlySpan<byte> needle, byte[] bytes) =>
        Assert.True(bytes.AsSpan().IndexOf(needle) >= 0, $"{Encoding.UTF8.GetString(needle)} is not in {what}");

    private static async Task<(int ExitCode, string Output, string Error)> RunWithoutKeyAsync(params string[] arguments)
    {
        await using var process = GuildhallProcess.Start([("GUILDHALL_STORE__KEY_FILE", "")], arguments);
        var exitCode = await process.ExitAsync();
        return (exitCode, process.Output, process.Error);
    }

    /// <param name="seed">The same key in another file.</param>
    private string NewKeyFile(string name, int? seed = null)
    {
        var bytes = seed is { } number ? Enumerable.Repeat((byte)(number + 1), StoreKey.Length).ToArray() : System.Security.Cryptography.RandomNumberGenerator.GetBytes(StoreKey.Length);
        return folder.WritePrivate(name, Convert.ToBase64String(bytes) + "\n");
    }

    private void Checkpoint() => Run("PRAGMA wal_checkpoint(TRUNCATE)");

    private void Run(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
