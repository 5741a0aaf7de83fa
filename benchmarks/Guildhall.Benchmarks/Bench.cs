namespace Guildhall.Benchmarks;

/// <summary>What the trials on one engine share: a Guildhall, a store for the yardsticks, and a bare endpoint. Each is made when it is asked for.</summary>
internal sealed class Bench(Engine engine, Seed seed, Flushes? flushes, string folder, TimeSpan time) : IAsyncDisposable
{
    public static readonly int[] ListLengths = [3, 1000, 10_000];

    private readonly List<IAsyncDisposable> others = [];
    private Stage? stage;
    private ServerProcess? bare;
    private string? yardstickStore;

    public Engine Engine => engine;

    /// <summary>Null where flushes cannot be slowed or counted.</summary>
    public Flushes? Flushes => flushes;

    public TimeSpan Time => time;

    /// <summary>For files; it goes with the run.</summary>
    public string Folder => folder;

    public Seed Seed => seed;

    public async Task<Stage> StageAsync() => stage ??= await Stage.StartAsync(engine, seed, flushes);

    /// <summary>Seeded like Guildhall's, so that indexes are as deep and statements find as much.</summary>
    public async Task<string> YardstickStoreAsync() => yardstickStore ??= await engine.CreateAsync(seed);

    public async Task<ServerProcess> BareAsync() => bare ??= await StartBareAsync();

    /// <summary>The lister whose list is so long.</summary>
    public int ListerOf(int members) => members == Seed.MembersEach ? seed.ListersOfThree.First() : seed.ListerOf(members);

    /// <summary>Something that one trial alone uses; it ends with the bench.</summary>
    public T Keep<T>(T other) where T : IAsyncDisposable
    {
        others.Add(other);
        return other;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var other in others)
        {
            await other.DisposeAsync();
        }

        await (stage?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (bare?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Holds the very bytes that Guildhall answers with.</summary>
    private async Task<ServerProcess> StartBareAsync()
    {
        var (answers, server) = (Directory.CreateDirectory(Path.Combine(folder, $"answers-{engine.Name}")).FullName, (await StageAsync()).Server);
        using var http = new HttpClient();
        foreach (var members in ListLengths)
        {
            var lister = ListerOf(members);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{server.Port}/v2/{Tenants.ProjectOf(lister)}/members"));
            request.Headers.Add("X-Auth-Token", Tenants.TokenOf(lister));
            using var answer = await http.SendAsync(request);
            var bytes = await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
            await File.WriteAllBytesAsync(Path.Combine(answers, $"{members}"), bytes);
        }

        return await ServerProcess.BareAsync(answers);
    }
}
