using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Guildhall.Tests;

/// <summary>A TCP proxy on loopback that makes the way to a server as long as a network does, and can cut it.</summary>
public sealed class DelayingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, Socket> open = new(); // by the caller's end
    private readonly CancellationTokenSource over = new();
    private readonly (string Host, int Port) server;
    private readonly Task accepting;
    private long delay; // ticks
    private volatile bool isCut;

    /// <param name="delay">How much later each piece arrives, each way.</param>
    public DelayingProxy(string host, int port, TimeSpan delay)
    {
        (server, Delay) = ((host, port), delay);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>How much later each piece arrives, each way. It can be changed at any time.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref delay));
        set => Interlocked.Exchange(ref delay, value.Ticks);
    }

    /// <summary>Breaks every connection, and each new one, until <see cref="Mend"/>.</summary>
    public void Cut()
    {
        isCut = true;
        foreach (var (caller, called) in open)
        {
            caller.Close();
            called.Close();
        }
    }

    public void Mend() => isCut = false;

    public async ValueTask DisposeAsync()
    {
        await over.CancelAsync();
        Cut();
        listener.Stop();
        await accepting;
        over.Dispose();
    }

    private async Task AcceptAsync()
    {
        var passing = new List<Task>();
        try
        {
            while (true)
            {
                passing.RemoveAll(one => one.IsCompleted);
                passing.Add(PassAsync(await listener.AcceptSocketAsync(over.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(passing);
        }
    }

    private async Task PassAsync(Socket caller)
    {
        using var called = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var _ = caller;
        caller.NoDelay = true;
        open[caller] = called;
        try
        {
            if (!isCut)
            {
                await called.ConnectAsync(server.Host, server.Port, over.Token);
                await Task.WhenAny(PassAsync(caller, called), PassAsync(called, caller));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It ends as a connection does.
        }
        finally
        {
            open.TryRemove(caller, out var _);
        }
    }

    /// <summary>Hands on what comes, in order, each piece when it is due. More may come while one is on its way.</summary>
    private async Task PassAsync(Socket from, Socket to)
    {
        var onTheWay = Channel.CreateUnbounded<(byte[] Piece, long Begun)>();
        var handing = HandOnAsync(onTheWay.Reader, to);
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, over.Token) is > 0 and var length)
            {
                onTheWay.Writer.TryWrite((buffer[..length], Stopwatch.GetTimestamp()));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end learns of it when it has all that came before.
        }

        onTheWay.Writer.Complete();
        await handing;
    }

    private async Task HandOnAsync(ChannelReader<(byte[] Piece, long Begun)> onTheWay, Socket to)
    {
        try
        {
            await foreach (var (piece, begun) in onTheWay.ReadAllAsync(over.Token))
            {
                if (Delay - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } left)
                {
                    await Task.Delay(left, over.Token);
                }

                await to.SendAsync(piece, over.Token);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever was to have it is gone.
        }
    }
}
