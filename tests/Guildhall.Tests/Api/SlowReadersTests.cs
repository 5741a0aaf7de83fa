using Guildhall.Hosting;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Guildhall.Tests.Api;

/// <summary>Who asks for a long list and hardly takes it: it holds nothing of the store, and takes nobody's place.</summary>
public sealed class SlowReadersTests
{
    /// <summary>More than the network between server and reader holds, and more than a list that is remembered may have.</summary>
    private const int Many = 20_000;

    [Fact]
    public async Task The_log_of_SQLite_is_emptied_while_a_list_is_read_slowly()
    {
        await using var service = await TestService.StartAsync();
        await service.AddMembersAsync(Many);
        await using var reader = await SlowReader.AskAsync(service, service.Inviter, "members");
        await service.AddOperationsAsync(service.Inviter, 1_000);

        Assert.Equal("0|0|0", await CheckpointAsync(service.StoreSetting));

        Assert.True(SlowReader.IsWhole(await reader.ReadToEndAsync()));
    }

    [Theory, PostgresOnly]
    public async Task No_snapshot_of_PostgreSQL_is_held_while_a_list_is_read_slowly(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddMembersAsync(Many);
        await using var reader = await SlowReader.AskAsync(service, service.Inviter, "members");

        var schema = new NpgsqlConnectionStringBuilder(service.StoreSetting).SearchPath;
        await using var looking = NpgsqlDataSource.Create(EveryEngineAttribute.Postgres!);
        await using var held = looking.CreateCommand(
            $"SELECT count(*) FROM pg_stat_activity WHERE application_name = '{schema}' AND (backend_xmin IS NOT NULL OR state = 'active')");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((long)(await held.ExecuteScalarAsync(patience.Token))! > 0)
        {
            await Task.Delay(20, patience.Token); // a piece may just be read
        }

        Assert.True(SlowReader.IsWhole(await reader.ReadToEndAsync()));
    }

    [Theory, EveryEngine]
    public async Task A_fifth_reader_is_served_beside_four_slow_ones(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddMembersAsync(Many);
        var slow = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SlowReader.AskAsync(service, service.Inviter, "members")));

        await using var fifth = await SlowReader.AskAsync(service, service.Inviter, "members");
        var answer = await fifth.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.True(SlowReader.IsWhole(answer));
        foreach (var reader in slow)
        {
            await reader.DisposeAsync();
        }
    }

    [Theory, EveryEngine]
    public async Task Who_has_taken_its_share_of_readers_is_told_so_and_others_are_served(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Load = new LoadLimits { LongAnswers = 8 } });
        await service.AddOperationsAsync(service.Inviter, Many);
        await service.AddOperationsAsync(service.Third, 200, from: Many);
        await using var first = await SlowReader.AskAsync(service, service.Inviter, "operation/record");
        await using var second = await SlowReader.AskAsync(service, service.Inviter, "operation/record");

        var third = await service.Inviter.GetAsync("operation/record");
        var paged = await service.Inviter.GetAsync("operation/record?limit=50");
        var other = await service.Third.GetAsync("operation/record");

        Assert.Equal(
            (429, """{"error_code":"APIGW.0308","error_msg":"The throttling threshold has been reached: 2 long lists of the account are being sent"}"""), third);
        Assert.Equal((200, 200), (paged.Status, other.Status));
        await second.DisposeAsync();
        Assert.Equal(200, (await service.Inviter.GetAsync("operation/record?limit=200")).Status);
        Assert.True(SlowReader.IsWhole(await first.ReadToEndAsync()));
    }

    [Theory, EveryEngine]
    public async Task When_all_accounts_together_have_taken_all_places_a_further_one_is_told_so(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine, settings => settings with { Load = new LoadLimits { LongAnswers = 2 } });
        await service.AddOperationsAsync(service.Inviter, Many);
        await service.AddOperationsAsync(service.Invitee, Many, from: Many);
        await service.AddOperationsAsync(service.Third, 200, from: 2 * Many);
        await using var first = await SlowReader.AskAsync(service, service.Inviter, "operation/record");
        await using var second = await SlowReader.AskAsync(service, service.Invitee, "operation/record");

        Assert.Equal(
            (503, """{"error_code":"BCS.5030503","error_msg":"The service has all it can do: 2 long lists are being sent"}"""),
            await service.Third.GetAsync("operation/record"));
    }

    [Theory, EveryEngine]
    public async Task Who_reads_too_slowly_is_cut_off_and_does_not_take_the_part_for_the_whole(Engine engine)
    {
        var limits = new LoadLimits { ReaderGrace = TimeSpan.FromMilliseconds(100), SlowestReader = int.MaxValue };
        await using var service = await TestService.StartAsync(engine, settings => settings with { Load = limits });
        await service.AddOperationsAsync(service.Inviter, Many);
        await using var reader = await SlowReader.AskAsync(service, service.Inviter, "operation/record");
        var answers = service.Services.GetRequiredService<Guildhall.Api.LongAnswers>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (answers.Sending > 0)
        {
            await Task.Delay(20, patience.Token);
        }

        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.False(SlowReader.IsWhole(answer));
    }

    [Theory, EveryEngine]
    public async Task A_list_that_breaks_off_in_the_middle_does_not_look_complete(Engine engine)
    {
        await using var service = await TestService.StartAsync(engine);
        await service.AddOperationsAsync(service.Inviter, Many);
        await using var reader = await SlowReader.AskAsync(service, service.Inviter, "operation/record");
        await service.ExecuteAsync("ALTER TABLE operations RENAME TO gone");

        var answer = await reader.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answer, StringComparison.Ordinal);
        Assert.False(SlowReader.IsWhole(answer));
    }

    /// <summary>Whether a reader was in the way, and how much is left in the log.</summary>
    private static async Task<string> CheckpointAsync(string file)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA busy_timeout = 20000; PRAGMA wal_checkpoint(TRUNCATE)";
        await using var reader = await command.ExecuteReaderAsync();
        while (reader.FieldCount < 3)
        {
            await reader.NextResultAsync();
        }

        await reader.ReadAsync();
        return $"{reader.GetInt64(0)}|{reader.GetInt64(1)}|{reader.GetInt64(2)}";
    }
}
