using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Guildhall.Tests.Fabric;

/// <summary>Something on a port of this machine that is no orderer and no peer, and behaves as it was told.</summary>
internal sealed class HostileNode : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentBag<Task> talks = [];
    private readonly SemaphoreSlim came = new(0);
    private readonly SemaphoreSlim went = new(0);
    private readonly Func<Stream, CancellationToken, Task> behave;
    private readonly Task accepting;
    private int connections;

    private HostileNode(Func<Stream, CancellationToken, Task> behave)
    {
        this.behave = behave;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Connections that were made to it so far.</summary>
    public int Connections => Volatile.Read(ref connections);

    /// <summary>Takes a connection and says nothing, not even what TLS begins with.</summary>
    public static HostileNode Silent() => new(static (stream, cancellationToken) => ReadToEndAsync(stream, cancellationToken));

    /// <summary>Closes a connection as soon as it is made.</summary>
    public static HostileNode Closing() => new(static (_, _) => Task.CompletedTask);

    /// <summary>Speaks first, as servers of mail and shells do.</summary>
    public static HostileNode Greeting() => new(static (stream, cancellationToken) => SayAsync(stream, "SSH-2.0-OpenSSH_9.9\r\n", cancellationToken));

    /// <summary>Answers as a web server does.</summary>
    public static HostileNode Web() => new(static (stream, cancellationToken) => SayAsync(
        stream, "HTTP/1.1 200 OK\r\nContent-Type: application/grpc\r\nContent-Length: 6\r\n\r\nsecret", cancellationToken));

    /// <summary>Sends a caller elsewhere.</summary>
    public static HostileNode Redirecting(int to) => new((stream, cancellationToken) => SayAsync(
        stream, $"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{to}/\r\nContent-Length: 0\r\n\r\n", cancellationToken));

    /// <summary>A port at which nobody listens.</summary>
    public static int ClosedPort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }

    /// <summary>Waits until another connection has been made.</summary>
    public async Task ConnectedAsync() => Assert.True(await came.WaitAsync(TimeSpan.FromSeconds(60)), "Nobody has connected.");

    /// <summary>Waits until another connection has been closed by the other side.</summary>
    public async Task LeftAsync() => Assert.True(await went.WaitAsync(TimeSpan.FromSeconds(60)), "Nobody has hung up.");

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Dispose();
        await accepting;
        await Task.WhenAll(talks);
        end.Dispose();
        came.Dispose();
        went.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(end.Token);
                Interlocked.Increment(ref connections);
                came.Release();
                talks.Add(TalkAsync(client));
            }
        }
        catch (Exception problem) when (problem is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // It is over.
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await behave(client.GetStream(), end.Token);
            }
            catch (Exception problem) when (problem is OperationCanceledException or IOException)
            {
                // The other side has gone, or the test is over.
            }
        }

        went.Release();
    }

    private static async Task SayAsync(Stream stream, string text, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
        await ReadToEndAsync(stream, cancellationToken);
    }

    private static async Task ReadToEndAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, cancellationToken) > 0)
        {
        }
    }
}
