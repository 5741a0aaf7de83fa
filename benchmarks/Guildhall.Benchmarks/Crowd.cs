using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Guildhall.Benchmarks;

/// <summary>Many callers of one tenant that has very much to read: most take what they ask for as fast as they can, some slowly, and some not at all.</summary>
/// <remarks>They come from an address of their own, so that what is counted by address is not a neighbour's.</remarks>
internal sealed class Crowd(int port, int tenant) : IAsyncDisposable
{
    public const int Clients = 64;

    /// <summary>How many read slowly, and how many do not read, of long lists. The others read fast, of all kinds in turn.</summary>
    private const int OfEachOtherPace = 8;

    /// <summary>Little, so that who does not read leaves the answer with the server.</summary>
    private const int SmallBuffer = 8 * 1024;

    private static readonly IPAddress Address = IPAddress.Parse("127.0.0.2");

    private static readonly string[] LongLists = ["operation/record", "members", "notifications"];

    /// <summary>Twice what a reader of a long list has to take on average.</summary>
    private static readonly TimeSpan SlowPause = TimeSpan.FromMilliseconds(125);

    private static readonly TimeSpan PauseWhenRefused = TimeSpan.FromMilliseconds(100);

    private readonly string[] pages =
    [
        "operation/record?limit=50", "members?limit=50", "/console/topology", "/console/services", $"/console/services/{Tenants.ServiceOf(tenant)}", "/console/operations",
    ];

    private readonly CancellationTokenSource stop = new();
    private readonly List<HttpClient> connections = [];
    private readonly ConcurrentBag<string> wrong = [];
    private Task asking = Task.CompletedTask;
    private long answered;
    private long refused;
    private long bytes;

    private enum Pace
    {
        Fast,
        Slow,
        Silent,
    }

    /// <summary>How many answers were read to their end, of those with 200.</summary>
    public long Answered => answered;

    /// <summary>How many were 429 or 503, and said when to come again.</summary>
    public long Refused => refused;

    public long Bytes => bytes;

    /// <summary>What else they were answered, or how an answer broke off.</summary>
    public IReadOnlyCollection<string> Wrong => wrong;

    public void Start()
    {
        string[] all = [.. LongLists, .. pages];
        var fast = Enumerable.Range(0, Clients - (2 * OfEachOtherPace)).Select(number => AskAsync(all[number % all.Length], Pace.Fast));
        var others = from pace in new[] { Pace.Slow, Pace.Silent }
                     from number in Enumerable.Range(0, OfEachOtherPace)
                     select AskAsync(LongLists[number % LongLists.Length], pace);
        asking = Task.WhenAll([.. fast, .. others]);
    }

    /// <summary>Hangs up, whatever is on its way.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await asking;
        connections.ForEach(one => one.Dispose());
        stop.Dispose();
    }

    private async Task AskAsync(string path, Pace pace)
    {
        var http = Connect(pace);
        connections.Add(http);
        var uri = new Uri(path[0] == '/' ? path : $"/v2/{Tenants.ProjectOf(tenant)}/{path}", UriKind.Relative);
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await AskOnceAsync(http, uri, pace);
            }
            catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException)
            {
                if (!stop.IsCancellationRequested)
                {
                    wrong.Add($"{path}, read {pace}: {exception.Message}");
                }
            }
        }
    }

    private async Task AskOnceAsync(HttpClient http, Uri uri, Pace pace)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Add("X-Auth-Token", Tenants.TokenOf(tenant));
        request.Headers.Add("Cookie", $"guildhall-session={Tenants.TokenOf(tenant)}");
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
        if (answer.StatusCode == HttpStatusCode.OK)
        {
            await ReadAsync(answer, pace);
            Interlocked.Increment(ref answered);
        }
        else if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is not null)
        {
            Interlocked.Increment(ref refused);
            await Task.Delay(PauseWhenRefused, stop.Token);
        }
        else
        {
            wrong.Add($"{uri}: {(int)answer.StatusCode}, Retry-After {answer.Headers.RetryAfter}");
        }
    }

    private async Task ReadAsync(HttpResponseMessage answer, Pace pace)
    {
        if (pace == Pace.Silent)
        {
            await Task.Delay(Timeout.Infinite, stop.Token);
        }

        await using var body = await answer.Content.ReadAsStreamAsync(stop.Token);
        var buffer = new byte[pace == Pace.Slow ? SmallBuffer : 64 * 1024];
        while (await body.ReadAsync(buffer, stop.Token) is > 0 and var count)
        {
            Interlocked.Add(ref bytes, count);
            if (pace == Pace.Slow)
            {
                await Task.Delay(SlowPause, stop.Token);
            }
        }
    }

    private HttpClient Connect(Pace pace) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectCallback = async (context, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                if (pace != Pace.Fast)
                {
                    socket.ReceiveBufferSize = SmallBuffer;
                }

                socket.Bind(new IPEndPoint(Address, 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
