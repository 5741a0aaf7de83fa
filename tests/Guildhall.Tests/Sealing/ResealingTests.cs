using System.Text;
using Guildhall.Sealing;
using Guildhall.Storage;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Sealing;

/// <summary>Stores of versions that kept secrets in clear, and sealed private keys with fabric.key_file itself.</summary>
public sealed class ResealingTests : IDisposable
{
    private const int BeforeSecrets = 10;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory, EveryEngine]
    public async Task An_existing_stores_secrets_are_sealed_at_the_first_start(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);
        var tenant = await FillAsync(store.Store, keys: 1200);
        await tenant.AttachAsEarlierVersionAsync(store.Store, TestKeys.Key);
        var keys = new StoreKeys(TestKeys.File, null, null);
        await store.ReopenAsync();

        await using var opened = await OpenStore.OpenAsync(store.Setting, keys, default);

        Assert.Equal(1200, await CountAsync(opened.Store, "SELECT count(*) FROM access_keys WHERE data_key = 1 AND secret_key LIKE '2.%'"));
        Assert.Equal(SecretOf(777), await SealedTenant.OpenAsync(opened.Store, KeyOf(777)));
        await tenant.SignAsync(opened.Store);
        Assert.DoesNotContain("\"1.", await SealedTenant.ReadAllAsync(opened.Store), StringComparison.Ordinal);
        Assert.Equal(1, await CountAsync(opened.Store, "SELECT count(*) FROM data_keys"));
    }

    [Fact]
    public async Task What_they_held_in_clear_leaves_the_file_and_its_log()
    {
        var file = folder.File("guildhall.db");
        await using (var before = Store.Open(file))
        {
            await FillAsync(before, keys: 300);
        }

        await using var opened = await OpenStore.OpenAsync(file, default);

        foreach (var name in (string[])[file, file + "-wal"])
        {
            StoredSecretsTests.AssertNotIn(name, "secret-of-key-"u8, StoredSecretsTests.Bytes(name));
        }
    }

    [Theory, PostgresOnly]
    public async Task Replicas_that_start_together_take_turns(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);
        var tenant = await FillAsync(store.Store, keys: 2000);
        await tenant.AttachAsEarlierVersionAsync(store.Store, TestKeys.Key);

        var opened = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenStore.OpenAsync(store.Setting, new StoreKeys(TestKeys.File, null, null), default)));

        foreach (var one in opened)
        {
            Assert.Equal(SecretOf(1999), await SealedTenant.OpenAsync(one.Store, KeyOf(1999)));
            await tenant.SignAsync(one.Store);
            await one.DisposeAsync();
        }

        Assert.Equal(0, await CountAsync(store.Store, "SELECT count(*) FROM access_keys WHERE data_key IS NULL"));
        Assert.Equal(1, await CountAsync(store.Store, "SELECT count(*) FROM data_keys"));
    }

    [Theory, EveryEngine]
    public async Task A_start_that_is_killed_in_the_middle_goes_on_at_the_next_one(Engine engine)
    {
        const int count = 40_000;
        await using var store = await TestStore.CreateEmptyAsync(engine);
        await FillAsync(store.Store, count);
        var wasInTheMiddle = false;
        for (var round = 0; round < 10 && !wasInTheMiddle; round++)
        {
            await using var server = GuildhallProcess.Start("serve", "--urls", "http://127.0.0.1:0", "--store", store.Setting, "--network", "register");
            long done;
            while ((done = await CountSealedAsync(store.Store)) <= round * 500 && !server.HasExited)
            {
                await Task.Delay(1);
            }

            await server.KillAsync();
            done = await CountSealedAsync(store.Store);
            wasInTheMiddle = done is > 0 and < count;
            if (done == count)
            {
                await store.ExecuteAsync("UPDATE access_keys SET secret_key = 'secret-of-' || lower(access_key), data_key = NULL");
                await store.ExecuteAsync("DELETE FROM settings WHERE name = 'secrets_sealed'");
            }
        }

        Assert.True(wasInTheMiddle, "it was too fast to be killed in the middle");
        var (last, _) = await GuildhallProcess.StartServerAsync("serve", "--urls", "http://127.0.0.1:0", "--store", store.Setting, "--network", "register");
        await using (last)
        {
            Assert.Equal(count, await CountSealedAsync(store.Store));
            foreach (var number in (int[])[0, 499, 500, count / 2, count - 1])
            {
                Assert.Equal(SecretOf(number), await SealedTenant.OpenAsync(store.Store, KeyOf(number)));
            }
        }
    }

    [Fact]
    public async Task Without_the_file_that_sealed_private_keys_it_says_so_and_makes_none()
    {
        var file = folder.File("guildhall.db");
        await using (var before = Store.Open(file))
        {
            await (await FillAsync(before, keys: 1)).AttachAsEarlierVersionAsync(before, TestKeys.Key);
        }

        var refused = await Assert.ThrowsAsync<OperatorException>(() => OpenStore.OpenAsync(file, default));
        var another = folder.WritePrivate("another.key", Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('x', StoreKey.Length))));
        var wrong = await Assert.ThrowsAsync<OperatorException>(() => OpenStore.OpenAsync(file, new StoreKeys(another, null, null), default));
        File.AppendAllText(another, "\n" + TestKeys.Text + "\n");
        await (await OpenStore.OpenAsync(file, new StoreKeys(another, null, null), default)).DisposeAsync();

        Assert.Equal("The store holds private keys that were sealed with the file of fabric.key_file. Name it with store.key_file, or with fabric.key_file as before.", refused.Message);
        Assert.False(File.Exists(file + ".key"));
        Assert.StartsWith("The store holds a private key of MillMSP that none of the store's keys opens", wrong.Message, StringComparison.Ordinal);
    }

    /// <summary>A store of the schema before secrets were sealed, with an account whose access keys are in clear.</summary>
    private static async Task<SealedTenant> FillAsync(Store store, int keys)
    {
        await store.MigrateAsync([.. Migrator.Steps().Where(step => step.Number <= BeforeSecrets)], default);
        var tenant = await SealedTenant.CreateAsync(store);
        await store.WriteAsync<Guildhall.Memberships.Done>(
            async transaction =>
            {
                await transaction.ExecuteEachAsync(
                    "INSERT INTO access_keys (access_key, secret_key, account_id, user_id, description, created_at) VALUES (@key, @secret, @account, @user, '', 0)",
                    [.. Enumerable.Range(0, keys).Select(n => ((string, object?)[])[("key", KeyOf(n)), ("secret", SecretOf(n)), ("account", tenant.AccountId), ("user", tenant.UserId)])],
                    default);
                return new Guildhall.Memberships.Done();
            },
            default);
        return tenant;
    }

    private static string KeyOf(int number) => $"KEY-{number:00000}";

    private static string SecretOf(int number) => $"secret-of-key-{number:00000}";

    private static async Task<long> CountSealedAsync(Store store)
    {
        try
        {
            return await CountAsync(store, "SELECT count(*) FROM access_keys WHERE data_key IS NOT NULL");
        }
        catch (System.Data.Common.DbException)
        {
            return 0; // there is no such column yet
        }
    }

    private static Task<long> CountAsync(Store store, string sql) => store.ReadAsync(session => session.CountAsync(sql), default);
}
