using System.Threading.RateLimiting;
using Guildhall.Hosting;
using Guildhall.Identity;
using Guildhall.Memberships;

namespace Guildhall.Api;

/// <summary>Sends answers that may be long, a piece at a time. Safe for concurrent use.</summary>
/// <remarks>
/// While a reader takes its time, an answer holds one piece and a permit, and nothing of the store. The permits are few: a share for each account, so that
/// nobody's slow readers take the place of others. Whoever finds none for a moment is told so and does not wait; and who reads too slowly is cut off.
/// </remarks>
internal sealed class LongAnswers : IDisposable
{
    /// <summary>The most bytes of an answer that needs no permit: what the server takes in one go.</summary>
    public const int Short = 64 * 1024;

    /// <summary>How long a permit is waited for. Fast readers give theirs back in less.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly LoadLimits limits;
    private readonly TimeProvider clock;
    private readonly ConcurrencyLimiter all;
    private readonly PartitionedRateLimiter<string> perAccount;

    /// <summary>Pieces are made by a part of the processors, in turns: however many are asked for, the others find one free.</summary>
    private readonly SemaphoreSlim making = new(Math.Max(1, Environment.ProcessorCount / 2));

    public LongAnswers(LoadLimits limits, TimeProvider clock)
    {
        (this.limits, this.clock) = (limits, clock);
        all = new ConcurrencyLimiter(Permits(limits.LongAnswers));
        perAccount = PartitionedRateLimiter.Create<string, string>(
            account => RateLimitPartition.GetConcurrencyLimiter(account, _ => Permits(limits.LongAnswersPerAccount)), StringComparer.Ordinal);

        ConcurrencyLimiterOptions Permits(int count) => new() { PermitLimit = count, QueueLimit = limits.RequestsAtWork, QueueProcessingOrder = QueueProcessingOrder.OldestFirst };
    }

    /// <summary>Long answers that are being sent.</summary>
    public int Sending => limits.LongAnswers - (int)all.GetStatistics()!.CurrentAvailablePermits;

    /// <summary>Sends what is made, piece by piece.</summary>
    /// <param name="writeNext">Writes the next piece into the body, and answers whether another follows.</param>
    /// <param name="held">How many bytes it holds beside the body; null for none. They count as those of the body do.</param>
    /// <returns>Why nothing was sent; null when it was, or when the reader is gone.</returns>
    public async Task<Refusal?> SendAsync(
        HttpContext context, string accountId, string contentType, ChunkedBody body, Func<CancellationToken, Task<bool>> writeNext, Func<long>? held = null)
    {
        var follows = true;
        while (follows && !IsLong())
        {
            follows = await writeNext(context.RequestAborted);
        }

        if (!IsLong())
        {
            await SendAsync(context, contentType, body, follows: false, writeNext);
            return null;
        }

        var taking = await TakeAsync(accountId, context.RequestAborted);
        if (taking.Refusal is not null)
        {
            return taking.Refusal;
        }

        using (taking.Permit)
        {
            await SendAsync(context, contentType, body, follows, writeNext);
            return null;
        }

        bool IsLong() => body.Length + (held?.Invoke() ?? 0) > Short;
    }

    /// <summary>The same for a list of the API, which says why it is not sent.</summary>
    public async Task SendAsync(HttpContext context, Caller caller, ChunkedBody body, Func<CancellationToken, Task<bool>> writeNext, Func<long>? held = null)
    {
        if (await SendAsync(context, caller.AccountId, Answers.ContentType, body, writeNext, held) is { } refusal)
        {
            await refusal.ToResponse().ExecuteAsync(context);
        }
    }

    /// <summary>Sends a body that is there as a whole, and costs nothing more for one reader more.</summary>
    public Task SendWholeAsync(HttpContext context, string contentType, ChunkedBody body) =>
        SendAsync(context, contentType, body, follows: false, _ => Task.FromResult(false));

    public void Dispose()
    {
        all.Dispose();
        perAccount.Dispose();
        making.Dispose();
    }

    private async Task SendAsync(HttpContext context, string contentType, ChunkedBody body, bool follows, Func<CancellationToken, Task<bool>> writeNext)
    {
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = contentType;
        response.ContentLength = follows ? null : body.Length;
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        var reader = new ReaderPace(limits, clock);
        while (await reader.TryWriteAsync(context, body) && follows)
        {
            body.Clear();
            follows = await MakeAsync(writeNext, context.RequestAborted);
        }
    }

    private async Task<bool> MakeAsync(Func<CancellationToken, Task<bool>> writeNext, CancellationToken cancellationToken)
    {
        await making.WaitAsync(cancellationToken);
        try
        {
            return await writeNext(cancellationToken);
        }
        finally
        {
            making.Release();
        }
    }

    private async Task<(IDisposable? Permit, Refusal? Refusal)> TakeAsync(string accountId, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        RateLimitLease? own = null;
        try
        {
            own = await perAccount.AcquireAsync(accountId, cancellationToken: either.Token);
            var lease = own.IsAcquired ? await all.AcquireAsync(cancellationToken: either.Token) : own;
            if (own.IsAcquired && lease.IsAcquired)
            {
                return (new Permit(own, lease), null);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }

        var isShareTaken = own?.IsAcquired != true;
        own?.Dispose();
        return (null, isShareTaken
            ? Refusal.TooManyAtOnce.Because($"{limits.LongAnswersPerAccount} long lists of the account are being sent")
            : Refusal.Overloaded.Because($"{limits.LongAnswers} long lists are being sent"));
    }

    private sealed class Permit(IDisposable own, IDisposable ofAll) : IDisposable
    {
        public void Dispose()
        {
            ofAll.Dispose();
            own.Dispose();
        }
    }
}
