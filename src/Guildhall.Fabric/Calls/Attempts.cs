namespace Guildhall.Fabric;

/// <summary>Repeats a call that found nobody or no leader, at each of several servers in turn, with growing pauses between the rounds.</summary>
internal static class Attempts
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <exception cref="FabricException">Patience ran out, or it is trouble that waiting does not cure.</exception>
    public static async Task<T> RunAsync<T>(
        IReadOnlyList<GrpcConnection> servers, FabricOptions options, TimeProvider clock, Func<GrpcConnection, Task<T>> call, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        for (var pause = options.FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            FabricException? trouble = null;
            foreach (var server in servers)
            {
                try
                {
                    return await call(server);
                }
                catch (FabricException problem) when (problem.IsPassing || (problem.Kind is FabricErrorKind.UnknownChannel or FabricErrorKind.TlsRefused or FabricErrorKind.NotAllowed or FabricErrorKind.AnswerTooLarge or FabricErrorKind.Malformed && servers.Count > 1))
                {
                    // Of several troubles the passing one is told: what only one server says may be that server's own.
                    trouble = trouble is { IsPassing: true } ? trouble : problem;
                }
            }

            if (!trouble!.IsPassing || clock.GetElapsedTime(started) + pause > options.Patience)
            {
                throw trouble;
            }

            await Task.Delay(pause, clock, cancellationToken);
        }
    }
}
