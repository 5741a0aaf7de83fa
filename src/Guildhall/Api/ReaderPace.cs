using Guildhall.Hosting;

namespace Guildhall.Api;

/// <summary>Holds one reader to the least rate of <see cref="LoadLimits.SlowestReader"/>: what it has taken by then decides how long it may go on.</summary>
/// <remarks>Only the time that the reader takes is counted, and not that of making what it reads.</remarks>
internal sealed class ReaderPace(LoadLimits limits, TimeProvider clock)
{
    private TimeSpan taken;
    private long sent;

    /// <summary>Sends the body. False when the reader was too slow: its connection is cut, so that it cannot take the part for the whole.</summary>
    public async Task<bool> TryWriteAsync(HttpContext context, ChunkedBody body)
    {
        var started = clock.GetTimestamp();
        sent += body.Length;
        var left = limits.ReaderGrace + TimeSpan.FromSeconds((double)sent / limits.SlowestReader) - taken;
        using var patience = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, patience.Token);
        try
        {
            await body.WriteToAsync(context.Response, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            context.Abort();
            return false;
        }

        taken += clock.GetElapsedTime(started);
        return true;
    }
}
