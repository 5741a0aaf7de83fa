using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Guildhall.Benchmarks;

/// <summary>A server in a process of its own, on a free port of loopback. What it prints is read and thrown away.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly string Host = Environment.ProcessPath!;
    private static readonly string Own = AppContext.BaseDirectory;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly Lock Gate = new();

    private readonly Process process;
    private readonly string said;

    private ServerProcess(Process process, int port, string said) => (this.process, Port, this.said) = (process, port, said);

    public int Port { get; }

    public int Id => process.Id;

    /// <summary>The server that <c>make publish</c> makes; <c>guildhall serve</c> on the store, as an operator would run it.</summary>
    public static Task<ServerProcess> GuildhallAsync(string store, Flushes? flushes, ServerStart? settings = null)
    {
        var (port, given) = (FreePort(), settings ?? new ServerStart());
        return StartAsync(
            port, "/health/ready", flushes,
            [
                "exec", Path.Combine(Own, "../../../publish/guildhall.dll"), "serve", "--store", store, "--network", "register",
                "--urls", $"http://127.0.0.1:{port}", "--log-level", given.LogLevel, "--limits-enterprise-members", "1000000",
                "--limits-writes-per-hour", "0", .. given.Limits,
            ],
            given: given);
    }

    /// <summary>Kestrel and nothing else, which answers with the files of the folder.</summary>
    public static Task<ServerProcess> BareAsync(string folder)
    {
        var port = FreePort();
        return StartAsync(port, "/", null, ["exec", Path.Combine(Own, "Guildhall.Benchmarks.dll"), BareEndpoint.Command, $"{port}", folder]);
    }

    /// <summary>Starts it and waits for the first 200.</summary>
    public static async Task<ServerProcess> StartAsync(int port, string ready, Flushes? flushes, string[] arguments, string? file = null, ServerStart? given = null)
    {
        var start = new ProcessStartInfo(file ?? Host, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        flushes?.AddTo(start.Environment);
        start.Environment["GUILDHALL_STORE__KEY_FILE"] = StoreKey.File;
        foreach (var (name, value) in given?.Environment ?? [])
        {
            start.Environment[name] = value;
        }

        var started = Stopwatch.GetTimestamp();
        var server = new ServerProcess(Process.Start(start)!, port, string.Join(' ', arguments));
        Remember(server.Id);
        var errors = server.process.StandardError.ReadToEndAsync();
        _ = given?.LogLevel == ServerStart.Quiet ? server.KeepErrorsAsync() : server.process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        using var http = new HttpClient();
        while (true)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}{ready}"));
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return server;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            if (server.process.HasExited)
            {
                throw new InvalidOperationException($"{server.said}\nended: {await errors}");
            }

            if (Stopwatch.GetElapsedTime(started) > StartPatience)
            {
                await server.DisposeAsync();
                throw new InvalidOperationException($"{server.said}\ndid not answer within {StartPatience.TotalSeconds} seconds.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Processor time of the process so far.</summary>
    public TimeSpan ProcessorTime => ProcessTimes.Of(Id);

    /// <summary>The last error that it logged, of a Guildhall that logs little; null when there was none.</summary>
    public string? LastError { get; private set; }

    /// <summary>What it holds in memory now, in megabytes.</summary>
    public double ResidentMegabytes => ProcessTimes.Memory(Id, "VmRSS");

    /// <summary>The most it has held in memory, in megabytes.</summary>
    public double PeakMegabytes => ProcessTimes.Memory(Id, "VmHWM");

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task KeepErrorsAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            LastError = line.Contains("\"level\":\"error\"", StringComparison.Ordinal) ? line : LastError;
        }
    }

    /// <summary>So that eng/bench.sh can end it, should this process be killed.</summary>
    private static void Remember(int id)
    {
        if (Environment.GetEnvironmentVariable("GUILDHALL_BENCH_FOLDER") is { } folder)
        {
            lock (Gate)
            {
                File.AppendAllText(Path.Combine(folder, "processes"), $"{id}\n");
            }
        }
    }
}

/// <summary>How a Guildhall is started, where it matters to a figure.</summary>
internal sealed record ServerStart
{
    /// <summary>The least that is logged, where nothing else is said.</summary>
    public const string Quiet = "warning";

    public string LogLevel { get; init; } = Quiet;

    /// <summary>Of the runtime, in bytes; null for none.</summary>
    public long? HeapLimit { get; init; }

    /// <summary>All clients of a figure have one address, as the callers of a server usually have not: what it may do is not what is measured.</summary>
    public bool AreAddressesFree { get; init; } = true;

    public IEnumerable<string> Limits => AreAddressesFree ? ["--limits-connections-per-address", "4096", "--limits-requests-per-address", "4096"] : [];

    /// <summary>The runtime reads numbers as hexadecimal ones.</summary>
    public IEnumerable<(string Name, string Value)> Environment => HeapLimit is { } limit ? [("DOTNET_GCHeapHardLimit", $"{limit:x}")] : [];
}

/// <summary>What Linux tells of a process under /proc.</summary>
internal static class ProcessTimes
{
    private const int TicksPerSecond = 100; // USER_HZ, which Linux keeps for user space whatever the kernel runs at

    public static TimeSpan Of(int id) => Sum(FieldsOf(id), user: 11);

    public static int? ParentOf(int id) =>
        FieldsOf(id) is { Length: > 1 } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : null;

    /// <summary>Of the processes that the process has started, those that have ended included.</summary>
    public static TimeSpan OfChildren(int id)
    {
        var time = Sum(FieldsOf(id), user: 13);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var child)
                && FieldsOf(child) is { Length: > 12 } fields && fields[1] == id.ToString(CultureInfo.InvariantCulture))
            {
                time += Sum(fields, user: 11);
            }
        }

        return time;
    }

    public static double Memory(int id, string name)
    {
        var line = File.ReadLines($"/proc/{id}/status").First(one => one.StartsWith(name + ":", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Trim(), CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>The fields of /proc/ID/stat behind the command's name: its state first, its parent second.</summary>
    private static string[] FieldsOf(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // it has ended
        }
    }

    private static TimeSpan Sum(string[] fields, int user) =>
        fields.Length <= user + 1
            ? TimeSpan.Zero
            : TimeSpan.FromSeconds((long.Parse(fields[user], CultureInfo.InvariantCulture) + long.Parse(fields[user + 1], CultureInfo.InvariantCulture)) / (double)TicksPerSecond);
}
