using System.Diagnostics;

namespace Guildhall.Benchmarks;

/// <summary>What one round measured.</summary>
internal sealed record Sample(double PerSecond, double Median, double P99);

/// <summary>A closed loop: so many clients, each sending its next request when the last is answered.</summary>
internal static class Load
{
    /// <param name="requests">Every request that may be sent; a client takes the next one that is left.</param>
    /// <exception cref="InvalidOperationException">A request was not answered with 200.</exception>
    public static async Task<Sample> RunAsync(HttpClient http, int clients, TimeSpan atMost, IReadOnlyList<Func<HttpRequestMessage>> requests, bool repeat)
    {
        var next = -1;
        var times = new List<double>[clients];
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            times[client] = [];
            while (Stopwatch.GetElapsedTime(started) < atMost)
            {
                var turn = Interlocked.Increment(ref next);
                if (!repeat && turn >= requests.Count)
                {
                    return;
                }

                using var request = requests[turn % requests.Count]();
                var sent = Stopwatch.GetTimestamp();
                using var response = await http.SendAsync(request);
                var body = await response.Content.ReadAsByteArrayAsync();
                times[client].Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                if (!response.IsSuccessStatusCode)
                {
                    throw new InvalidOperationException($"{request.RequestUri}: {(int)response.StatusCode} {System.Text.Encoding.UTF8.GetString(body)}");
                }
            }
        })));
        var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var all = times.SelectMany(mine => mine).Order().ToArray();
        return new Sample(all.Length / elapsed, At(all, 0.5), At(all, 0.99));
    }

    public static double At(IReadOnlyList<double> sorted, double share) => sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)];
}
