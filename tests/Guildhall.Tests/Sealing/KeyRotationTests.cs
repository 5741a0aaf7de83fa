using System.Globalization;
using Guildhall.Programs;
using Guildhall.Sealing;
using Guildhall.Storage;
using Guildhall.Tests.Hosting;

namespace Guildhall.Tests.Sealing;

/// <summary>Keys are exchanged while servers run: every secret opens before, meanwhile and afterwards.</summary>
public sealed class KeyRotationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HttpClient http = new();

    public void Dispose()
    {
        http.Dispose();
        folder.Dispose();
    }

    [Theory, EveryEngine]
    public async Task Both_kinds_of_key_are_exchanged_while_signed_requests_are_served(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);
        var file = engine == Engine.Postgres ? NewKeyFile("store.key") : store.Setting + ".key";
        List<(SealedTenant Tenant, (string Access, string Secret) Key)> tenants = [];
        await using (var opened = await OpenStore.OpenAsync(store.Setting, engine == Engine.Postgres ? new StoreKeys(file, null, null) : StoreKeys.BesideOf(store.Setting), default))
        {
            for (var i = 0; i < 20; i++)
            {
                var tenant = await SealedTenant.CreateAsync(opened.Store, $"mill-{i}");
                tenants.Add((tenant, await tenant.CreateKeyAsync(opened.Store)));
            }

            await tenants[0].Tenant.AttachAsync(opened.Store);
        }

        string[] keyOption = engine == Engine.Postgres ? ["--store-key-file", file] : [];
        var servers = await StartAsync(store.Setting, keyOption, engine == Engine.Postgres ? 2 : 1);
        using var enough = new CancellationTokenSource();
        var (asked, turn) = (0, 0);
        var asking = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                // Of some tenants only: what the others' keys are opened with is not remembered when the keys are exchanged.
                Assert.Equal(200, await SealedTenant.AskAsync(http, servers[turn % servers.Count].Address, tenants[turn++ % 5].Key));
                asked++;
            }
        });
        var before = await SealedTenant.ReadAllAsync(store.Store);
        if (engine == Engine.Postgres)
        {
            File.WriteAllText(file, NewKey() + File.ReadAllText(file));
        }

        var rotated = await GuildhallProcess.RunAsync(["store", "rotate-key", "--store", store.Setting, .. keyOption]);
        await AssertAllAsync(from: 5);
        var resealed = await GuildhallProcess.RunAsync(["store", "rotate-data-keys", "--store", store.Setting, .. keyOption]);
        await AssertAllAsync(from: 5);
        var late = await GuildhallProcess.RunAsync(["key", "create", "--account", "mill-7", "--user", "miller", "--json", "--store", store.Setting, .. keyOption]);
        await enough.CancelAsync();
        await asking;
        await StopAsync(servers);

        Assert.Equal((0, "", 0, "", 0), (rotated.ExitCode, rotated.Error, resealed.ExitCode, resealed.Error, late.ExitCode));
        Assert.Matches("(?s)store key +[0-9a-f]{16}.*data keys +20", rotated.Output);
        Assert.Matches("(?s)accounts +20.*secrets +22", resealed.Output);
        Assert.True(asked > 0);
        Assert.Equal(2, File.ReadLines(file).Count());
        Assert.True(TemporaryFolder.IsPrivate(file));

        // Neither the store's key from before nor what it or the data keys had sealed is needed any more.
        var after = await SealedTenant.ReadAllAsync(store.Store);
        Assert.All(SealedIn(before), text => Assert.DoesNotContain(text, after, StringComparison.Ordinal));
        File.WriteAllText(file, File.ReadLines(file).First() + "\n");
        servers = await StartAsync(store.Setting, keyOption, 1);
        await AssertAllAsync(from: 0);
        await StopAsync(servers);
        await using var again = await OpenStore.OpenAsync(store.Setting, new StoreKeys(file, null, null), default);
        await tenants[0].Tenant.SignAsync(again.Store);

        async Task AssertAllAsync(int from)
        {
            foreach (var (server, index) in servers.Select((one, index) => (one, index)))
            {
                foreach (var (_, key) in tenants.Skip(from).Where((_, number) => number % servers.Count == index))
                {
                    Assert.Equal(200, await SealedTenant.AskAsync(http, server.Address, key));
                }
            }
        }
    }

    [Fact]
    public async Task A_server_makes_new_keys_with_what_a_rotation_brought()
    {
        var file = folder.File("guildhall.db");
        await using var opened = await OpenStore.OpenAsync(file, default);
        await using (var beside = Store.Open(file))
        {
            await new KeyRotation(beside, TimeProvider.System).RotateStoreKeyAsync(default);
        }

        var tenant = await SealedTenant.CreateAsync(opened.Store);
        var key = await tenant.CreateKeyAsync(opened.Store);

        File.WriteAllText(file + ".key", File.ReadLines(file + ".key").First());
        await using var fresh = Store.Open(file);
        Assert.Equal(key.Secret, await SealedTenant.OpenAsync(fresh, key.Access));
    }

    [Theory, EveryEngine]
    public async Task A_data_key_that_was_replaced_goes_once_nothing_can_need_it(Engine engine)
    {
        await using var store = await TestStore.CreateAsync(engine);
        var (tenant, clock) = (await SealedTenant.CreateAsync(store.Store), new FakeClock());
        var key = await tenant.CreateKeyAsync(store.Store);
        await tenant.AttachAsync(store.Store);
        var rotation = new KeyRotation(store.Store, clock);

        Assert.Equal(3, await rotation.RotateDataKeyAsync(tenant.AccountId, default));
        Assert.Equal(["1", "2"], await NumbersAsync());
        clock.Advance(TimeSpan.FromHours(2));
        await rotation.RotateDataKeyAsync(tenant.AccountId, default);

        Assert.Equal(["2", "3"], await NumbersAsync());
        Assert.Equal(key.Secret, await SealedTenant.OpenAsync(store.Store, key.Access));
        await tenant.SignAsync(store.Store);

        Task<List<string>> NumbersAsync() => store.Store.ReadAsync(
            session => session.QueryAsync("SELECT number FROM data_keys ORDER BY number", row => row.GetInt64(0).ToString(CultureInfo.InvariantCulture)), default);
    }

    [Theory, EveryEngine]
    public async Task A_rotation_that_was_cut_off_is_finished_by_the_next(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);
        var file = NewKeyFile("store.key");
        await (await OpenStore.OpenAsync(store.Setting, new StoreKeys(file, null, null), default)).DisposeAsync();
        await using var served = Store.Open(store.Setting, new StoreKeys(file, null, null));
        var (one, other) = (await SealedTenant.CreateAsync(served, "one"), await SealedTenant.CreateAsync(served, "other"));
        var keys = (await one.CreateKeyAsync(served), await other.CreateKeyAsync(served));
        var old = await served.ReadAsync(session => session.QueryAsync("SELECT account_id, wrapped, store_key FROM data_keys", row => (row.GetString(0), row.GetString(1), row.GetString(2))), default);
        File.WriteAllText(file, NewKey() + File.ReadAllText(file));
        var rotation = new KeyRotation(served, TimeProvider.System);
        Assert.Equal(2, (await rotation.RotateStoreKeyAsync(default)).DataKeys);

        // As if it had ended between two batches.
        await store.ExecuteAsync("UPDATE data_keys SET wrapped = @wrapped, store_key = @key WHERE account_id = @account", ("wrapped", old[0].Item2), ("key", old[0].Item3), ("account", old[0].Item1));
        Assert.Equal(1, (await rotation.RotateStoreKeyAsync(default)).DataKeys);
        var done = await Assert.ThrowsAsync<OperatorException>(() => rotation.RotateStoreKeyAsync(default));

        Assert.StartsWith($"The store is sealed with the first key of {file} already.", done.Message, StringComparison.Ordinal);
        File.WriteAllText(file, File.ReadLines(file).First());
        await using var fresh = await OpenStore.OpenAsync(store.Setting, new StoreKeys(file, null, null), default);
        Assert.Equal(keys.Item1.Secret, await SealedTenant.OpenAsync(fresh.Store, keys.Item1.Access));
        Assert.Equal(keys.Item2.Secret, await SealedTenant.OpenAsync(fresh.Store, keys.Item2.Access));
    }

    [Theory, EveryEngine]
    public async Task A_program_holds_the_key_and_is_asked_at_the_start_and_at_a_rotation_alone(Engine engine)
    {
        await using var store = await TestStore.CreateEmptyAsync(engine);
        var program = Program("openssl enc \"$([ \"$1\" = wrap ] && echo -e || echo -d)\" -aes-256-cbc -pbkdf2 -pass pass:kms");
        StoreKeys Keys() => new(null, StoreKeys.FileBeside(store.Setting), new KeyProgram(program, ProgramEnvironment.OfKeyProgram));
        (string Access, string Secret) key;
        SealedTenant tenant;
        await using (var opened = await OpenStore.OpenAsync(store.Setting, Keys(), default))
        {
            tenant = await SealedTenant.CreateAsync(opened.Store);
            key = await tenant.CreateKeyAsync(opened.Store);
            await tenant.AttachAsync(opened.Store);
            Assert.Equal("wrap unwrap", Calls());
        }

        await using var replica = await OpenStore.OpenAsync(store.Setting, Keys(), default);
        Assert.Equal(key.Secret, await SealedTenant.OpenAsync(replica.Store, key.Access));
        await tenant.SignAsync(replica.Store);
        Assert.Equal("wrap unwrap unwrap", Calls());

        await using (var beside = Store.Open(store.Setting, Keys()))
        {
            await beside.PrepareSecretsAsync(TimeProvider.System, default);
            await new KeyRotation(beside, TimeProvider.System).RotateStoreKeyAsync(default);
        }

        await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ => Assert.Equal(key.Secret, await SealedTenant.OpenAsync(replica.Store, key.Access))));
        Assert.Equal("wrap unwrap unwrap unwrap wrap unwrap unwrap", Calls());
        Assert.False(File.Exists(store.Setting + ".key"));
    }

    [Theory]
    [InlineData("echo the vault is sealed >&2; exit 2", "The program of store.key_program, called with wrap, ended with 2: the vault is sealed.")]
    [InlineData("exit 0", "The program of store.key_program, called with wrap, answered nothing.")]
    [InlineData("cat", "The program of store.key_program, called with wrap, gave the key back as it is.")]
    [InlineData("cat > /dev/null; echo x", "The program of store.key_program, called with unwrap, answered something else than the key that it was given to wrap.")]
    public async Task A_program_that_does_not_do_what_it_is_for_is_told_before_anything_is_sealed(string script, string told)
    {
        var file = folder.File("guildhall.db");
        var keys = new StoreKeys(null, StoreKeys.FileBeside(file), new KeyProgram(Program(script), ProgramEnvironment.OfKeyProgram));

        Assert.Equal(told, (await Assert.ThrowsAsync<OperatorException>(() => OpenStore.OpenAsync(file, keys, default))).Message);
        await using var store = Store.Open(file);
        Assert.Equal(0, await store.ReadAsync(session => session.CountAsync("SELECT count(*) FROM settings"), default));
    }

    private static List<string> SealedIn(string text) =>
        [.. System.Text.RegularExpressions.Regex.Matches(text, @"[A-Za-z0-9+/]{60,}={0,2}", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5)).Select(match => match.Value).Where(value => text.Contains($".{value}", StringComparison.Ordinal))];

    private static string NewKey() => Convert.ToBase64String(System.Security.Cryptography.RandomNumberGenerator.GetBytes(StoreKey.Length)) + "\n";

    private static async Task<List<(GuildhallProcess Server, Uri Address)>> StartAsync(string store, string[] keyOption, int count)
    {
        List<(GuildhallProcess Server, Uri Address)> servers = [];
        for (var i = 0; i < count; i++)
        {
            servers.Add(await GuildhallProcess.StartServerAsync(["serve", "--urls", "http://127.0.0.1:0", "--store", store, "--network", "register", .. keyOption]));
        }

        return servers;
    }

    private static async Task StopAsync(List<(GuildhallProcess Server, Uri Address)> servers)
    {
        foreach (var (server, _) in servers)
        {
            server.Terminate();
            Assert.Equal(0, await server.ExitAsync());
            await server.DisposeAsync();
        }
    }

    private string NewKeyFile(string name) => folder.WritePrivate(name, NewKey());

    private string Calls() => string.Join(' ', File.ReadAllLines(folder.File("calls")));

    private string Program(string script)
    {
        var path = folder.Write("key-program", $"#!/bin/sh\necho \"$1\" >> '{folder.File("calls")}'\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
