using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Guildhall.Tests.HighAvailability;

/// <summary>What would be one machine of the database: etcd and Patroni with its PostgreSQL, in a folder and on ports of loopback of its own.</summary>
/// <remarks>Its processes are those that work in the folder: etcd and Patroni are started there, and PostgreSQL goes to its data.</remarks>
internal sealed class DatabaseNode(string folder, string name)
{
    private const string User = "postgres"; // PostgreSQL does not run as root
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Http = new() { Timeout = Patience };

    public string Name => name;

    public int Port { get; } = Ports.Next();

    private int PatroniPort { get; } = Ports.Next();

    private int EtcdPort { get; } = Ports.Next();

    private int PeerPort { get; } = Ports.Next();

    private string DataFolder => Path.Combine(folder, "data");

    private string Etcd => $"127.0.0.1:{EtcdPort}";

    /// <summary>Starts it, for the first time or again.</summary>
    /// <param name="etcd">The settings of deploy/patroni/etcd.env.</param>
    /// <param name="patroni">Those of patroni.env beside it.</param>
    public async Task StartAsync(IReadOnlyCollection<DatabaseNode> all, Dictionary<string, string> etcd, Dictionary<string, string> patroni)
    {
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(Repository.Root, "deploy/patroni/patroni.yml"), Path.Combine(folder, "patroni.yml"), overwrite: true);
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "-R", $"{User}:", folder);
        }

        Start("etcd", ["etcd"], etcd, new()
        {
            ["ETCD_NAME"] = name,
            ["ETCD_DATA_DIR"] = Path.Combine(folder, "etcd"),
            ["ETCD_LISTEN_CLIENT_URLS"] = $"http://{Etcd}",
            ["ETCD_ADVERTISE_CLIENT_URLS"] = $"http://{Etcd}",
            ["ETCD_LISTEN_PEER_URLS"] = $"http://127.0.0.1:{PeerPort}",
            ["ETCD_INITIAL_ADVERTISE_PEER_URLS"] = $"http://127.0.0.1:{PeerPort}",
            ["ETCD_INITIAL_CLUSTER"] = string.Join(',', all.Select(node => $"{node.Name}=http://127.0.0.1:{node.PeerPort}")),
        });
        Start("patroni", ["patroni", Path.Combine(folder, "patroni.yml")], patroni, new()
        {
            ["PATRONI_NAME"] = name,
            ["PATRONI_POSTGRESQL_LISTEN"] = $"127.0.0.1:{Port}",
            ["PATRONI_POSTGRESQL_CONNECT_ADDRESS"] = $"127.0.0.1:{Port}",
            ["PATRONI_POSTGRESQL_DATA_DIR"] = DataFolder,
            ["PATRONI_POSTGRESQL_BIN_DIR"] = DatabaseCluster.PostgresBin!,
            ["PATRONI_POSTGRESQL_PGPASS"] = Path.Combine(folder, "pgpass"),
            ["PATRONI_RESTAPI_LISTEN"] = $"127.0.0.1:{PatroniPort}",
            ["PATRONI_RESTAPI_CONNECT_ADDRESS"] = $"127.0.0.1:{PatroniPort}",
            ["PATRONI_ETCD3_HOSTS"] = string.Join(',', all.Select(node => node.Etcd)),
        });
    }

    /// <summary>Ends all of it at once, as a power cut would.</summary>
    public async Task KillAsync()
    {
        for (var patience = Stopwatch.StartNew(); Processes(folder) is { Length: > 0 } left; await Task.Delay(5))
        {
            Assert.True(patience.Elapsed < Patience, $"{name} does not die: {string.Join(", ", left)}");
            await SignalAsync("KILL", left);
        }
    }

    /// <summary>Has its PostgreSQL stand still: connections stay open, and nothing is answered.</summary>
    public Task FreezeDatabaseAsync() => SignalAsync("STOP", Processes(DataFolder));

    public Task ThawAsync() => SignalAsync("CONT", Processes(folder));

    /// <summary>What Patroni says of it; null while it says nothing.</summary>
    public Task<JsonNode?> StatusAsync() => AskAsync("patroni");

    /// <summary>Whether Patroni has named a standby that may take over; until then it lets nobody.</summary>
    public async Task<bool> HasHeirAsync() =>
        (await AskAsync("cluster"))?["members"]?.AsArray().Count(member => (string?)member!["role"] == "sync_standby") == 1;

    /// <summary>Asks Patroni to hand the primary over to the synchronous standby, and waits until it has.</summary>
    public async Task SwitchOverAsync(string user, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://127.0.0.1:{PatroniPort}/switchover"));
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}")));
        request.Content = new StringContent(new JsonObject { ["leader"] = name }.ToJsonString());
        using var response = await Http.SendAsync(request);
        Assert.True(response.StatusCode == HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Keeps what it wrote, for whoever has to find out what happened.</summary>
    public void SaveLogs(string to)
    {
        foreach (var log in Directory.EnumerateFiles(folder, "*.log"))
        {
            File.Copy(log, Path.Combine(to, $"{name}-{Path.GetFileName(log)}"), overwrite: true);
        }
    }

    private async Task<JsonNode?> AskAsync(string path)
    {
        try
        {
            return JsonNode.Parse(await Http.GetStringAsync(new Uri($"http://127.0.0.1:{PatroniPort}/{path}")));
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            return null; // down, or on its way
        }
    }

    private void Start(string what, string[] command, Dictionary<string, string> settings, Dictionary<string, string> own)
    {
        string[] shell = ["sh", "-c", $"exec \"$@\" >> {what}.log 2>&1", "sh", .. command];
        string[] all = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", User, "--regid", User, "--init-groups", "--", .. shell] : shell;
        var start = new ProcessStartInfo(all[0], all[1..]) { WorkingDirectory = folder, UseShellExecute = false };
        foreach (var (key, value) in settings.Concat(own))
        {
            start.Environment[key] = value;
        }

        Process.Start(start)!.Dispose();
    }

    private static string[] Processes(string under) =>
    [
        .. from process in Directory.EnumerateDirectories("/proc")
           let id = Path.GetFileName(process)
           where id.All(char.IsAsciiDigit)
           let at = WorkingFolder(process)
           where at == under || at?.StartsWith(under + "/", StringComparison.Ordinal) == true
           select id,
    ];

    /// <summary>Null of a process that has ended, or is not ours to look at.</summary>
    private static string? WorkingFolder(string process)
    {
        try
        {
            return File.ResolveLinkTarget(Path.Combine(process, "cwd"), returnFinalTarget: false)?.FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Task SignalAsync(string signal, string[] processes) => RunAsync("kill", ["-s", signal, .. processes]);

    /// <summary>Its exit code does not matter: a process may be gone before it gets its signal.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        await process.WaitForExitAsync();
    }
}

/// <summary>Free ports of loopback, below those that outgoing connections take: one has to be free still when its node starts again.</summary>
internal static class Ports
{
    private const int First = 20000;
    private const int Last = 32000;
    private static readonly Lock Gate = new();
    private static int next = First + (Environment.ProcessId * 61 % (Last - First));

    public static int Next()
    {
        lock (Gate)
        {
            while (true)
            {
                next = next < Last ? next + 1 : First;
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    socket.Bind(new IPEndPoint(IPAddress.Loopback, next));
                    return next;
                }
                catch (SocketException)
                {
                    // Somebody has it.
                }
            }
        }
    }
}
