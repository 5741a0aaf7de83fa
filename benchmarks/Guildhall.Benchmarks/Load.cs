using System.Diagnostics;

namespace Guildhall.Benchmarks;

/// <summary>What clients send, in turn.</summary>
/// <param name="Repeats">Whether a request may be sent again, as reads may.</param>
internal sealed record Requests(IReadOnlyList<byte[]> All, bool Repeats)
{
    /// <summary>What may be answered beside 200. Anything else ends the run.</summary>
    public IReadOnlyList<int> Refusals { get; init; } = [];

    /// <summary>Between an answer and the next request; of one client alone, as the others would wait too.</summary>
    public TimeSpan Pause { get; init; }
}

/// <summary>What clients saw.</summary>
/// <param name="Answered">Every 200, also those after the time was up: what the store must hold of writes.</param>
/// <param name="Refused">Every answer out of <see cref="Requests.Refusals"/>.</param>
/// <param name="PerSecond">How many 200 there were a second.</param>
/// <param name="BytesPerSecond">How much was received.</param>
/// <param name="Times">Of each 200, in stopwatch ticks, sorted.</param>
internal sealed record Seen(long Answered, long Refused, double PerSecond, double BytesPerSecond, long[] Times)
{
    /// <summary>In milliseconds, of that share of the answers.</summary>
    public double Within(double share) =>
        Times.Length == 0 ? double.NaN : Times[(int)Math.Min(Times.Length - 1, share * Times.Length)] * 1000.0 / Stopwatch.Frequency;
}

/// <summary>A closed loop: so many clients on one thread, each sending the next request when its last one is answered.</summary>
internal sealed class Load(int port, int clients, TimeSpan time, Requests requests) : IDisposable
{
    private const int BufferLength = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Connection[] connections = [.. Enumerable.Range(0, clients).Select(_ => new Connection())];
    private readonly Epoll epoll = new();
    private readonly List<long> times = new(200_000);
    private long end;
    private long lastAnswer;
    private int next;
    private int waiting;
    private long inTime;
    private long refused;
    private long bytes;
    private long bytesInTime;

    /// <exception cref="IOException">An answer was not 200, or none came.</exception>
    public static async Task<Seen> RunAsync(int port, int clients, TimeSpan time, Requests requests)
    {
        using var load = new Load(port, clients, time, requests);
        return await Task.Factory.StartNew(load.Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public void Dispose()
    {
        foreach (var connection in connections)
        {
            connection.Dispose();
        }

        epoll.Dispose();
    }

    private Seen Run()
    {
        for (var number = 0; number < connections.Length; number++)
        {
            connections[number].Connect(port);
            epoll.Watch(connections[number].Socket, number);
        }

        var started = Stopwatch.GetTimestamp();
        end = started + (long)(time.TotalSeconds * Stopwatch.Frequency);
        lastAnswer = started;
        for (var number = 0; number < connections.Length; number++)
        {
            SendNext(number);
        }

        Span<int> ready = stackalloc int[128];
        var buffer = new byte[BufferLength];
        while (waiting > 0)
        {
            var count = epoll.Wait(ready, Patience);
            foreach (var number in ready[..count])
            {
                Serve(number, buffer);
            }

            if (count == 0 && Stopwatch.GetElapsedTime(lastAnswer) > Patience)
            {
                throw new IOException($"No answer for {Patience.TotalSeconds} seconds; {waiting} are waited for.");
            }
        }

        var all = times.ToArray();
        Array.Sort(all);

        // What comes after the time comes from fewer and fewer clients, and does not count, unless the calls are so long that this is most of
        // them. Where the requests ran out before the time, it ended with the last answer.
        var (isLong, whole) = (inTime < 10 * clients, (lastAnswer - started) / (double)Stopwatch.Frequency);
        var seconds = isLong ? whole : Math.Min(whole, time.TotalSeconds);
        return new Seen(all.Length, refused, (isLong ? all.Length : inTime) / seconds, (isLong ? bytes : bytesInTime) / seconds, all);
    }

    private void SendNext(int number)
    {
        if (!requests.Repeats && next >= requests.All.Count)
        {
            return;
        }

        var connection = connections[number];
        var request = requests.All[next++ % requests.All.Count];
        waiting++;
        connection.SentAt = Stopwatch.GetTimestamp();
        if (!connection.Send(request))
        {
            epoll.WatchWriting(connection.Socket, number, watched: true);
        }
    }

    private void Serve(int number, byte[] buffer)
    {
        var connection = connections[number];
        if (connection.IsSending && connection.SendRest())
        {
            epoll.WatchWriting(connection.Socket, number, watched: false);
        }

        var isComplete = connection.Receive(buffer, out var received);
        var now = Stopwatch.GetTimestamp();
        bytes += received;
        bytesInTime += now <= end ? received : 0;
        if (!isComplete)
        {
            return;
        }

        waiting--;
        lastAnswer = now;
        Count(connection, now);
        if (now < end)
        {
            if (requests.Pause > TimeSpan.Zero)
            {
                Thread.Sleep(requests.Pause);
            }

            SendNext(number);
        }
    }

    private void Count(Connection connection, long now)
    {
        if (connection.Status == 200)
        {
            times.Add(now - connection.SentAt);
            inTime += now <= end ? 1 : 0;
        }
        else if (requests.Refusals.Contains(connection.Status))
        {
            refused++;
        }
        else
        {
            throw new IOException($"An answer was {connection.Status}: {connection.Kept}");
        }
    }
}
