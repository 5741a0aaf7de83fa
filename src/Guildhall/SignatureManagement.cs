using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;
using Signer = Guildhall.Fabric.Signer;

namespace Guildhall;

/// <summary>What the caller's organizations are asked to sign, and their answers. Safe for concurrent use.</summary>
/// <param name="networks">Certificates are judged by it.</param>
public sealed class SignatureManagement(Store store, TimeProvider clock, CallersClock networks)
{
    /// <summary>The most requests that are shown; older ones that do not wait are of the past.</summary>
    public const int MostShown = 1000;

    /// <summary>The most characters of a reason.</summary>
    public const int MaxReasonLength = 256;

    /// <summary>What the project is, or was, asked to sign: what waits first, then the newest.</summary>
    public Task<List<SignatureRequest>> ListAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync(session => session.ListRequestsAsync(caller.ProjectId, MostShown, cancellationToken), cancellationToken);

    /// <summary>A page of them, what waits first, each with the membership that it is for; and how many there are on all pages.</summary>
    public Task<(List<(SignatureRequest Request, ChangeReason? For)> Found, Counted Count)> ListAsync(Caller caller, int skip, int limit, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var from = await session.FindOldestAskedInReachAsync(caller.ProjectId, cancellationToken);
                return (
                    await session.ListAskedAsync(caller.ProjectId, from, skip, limit, cancellationToken),
                    await session.CountAskedAsync(caller.ProjectId, onlyWaiting: false, from, cancellationToken));
            },
            cancellationToken);

    /// <summary>How many requests wait for a signature of the caller's project, of the newest.</summary>
    public Task<long> CountWaitingAsync(Caller caller, CancellationToken cancellationToken) =>
        store.ReadAsync(
            async session =>
            {
                var from = await session.FindOldestAskedInReachAsync(caller.ProjectId, cancellationToken);
                return (await session.CountAskedAsync(caller.ProjectId, onlyWaiting: true, from, cancellationToken)).Rows;
            },
            cancellationToken);

    /// <summary>One of them, with the change and with who has signed it.</summary>
    public Task<Result<AskedSignature>> ShowAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        store.ReadAsync(session => FindAsync(session, caller, id, cancellationToken), cancellationToken);

    /// <summary>Takes a signature in. One that would not count is refused with the reason.</summary>
    /// <param name="signature">Fabric's common.ConfigSignature.</param>
    public Task<Result<Done>> SignAsync(Caller caller, string id, UpdateSignature signature, CancellationToken cancellationToken) =>
        AnswerAsync(
            caller,
            id,
            asked =>
            {
                var (enactment, request, now) = (asked.Enactment, asked.Request, networks.Time.GetUtcNow());
                var check = signature.Check(enactment.Update, enactment.Base, now);
                if (check.Signer is not { } signer)
                {
                    return Refusal.SignatureUnfit.Because(check.Words!);
                }

                if (signer.MspId != request.MspId)
                {
                    return Refusal.SignatureUnfit.Because($"it is of {signer.MspId}, and {request.MspId} is asked");
                }

                Signer[] before = [.. enactment.SignersAmong([request], now)];
                return enactment.Plan.WouldHelp(signer, before)
                    ? enactment.With(request, signature, enactment.SignersAmong(asked.All.Where(one => one.Id != request.Id), now), now, cancellationToken) with { ApprovedDigest = null }
                    : Refusal.SignatureUnfit.Because(
                        enactment.IsSignedBy(request, signer.CertificatePem) ? $"this certificate of {signer.MspId} has signed already, and another one is awaited"
                        : before.Length > 0 ? $"{signer.MspId} has signed, and a signature by this certificate brings it no nearer: {enactment.Plan.After(before, cancellationToken).Words}"
                        : $"the certificate is of {signer.MspId} and none of those that the policies ask for: {enactment.Plan.After([], cancellationToken).Words}");
            },
            cancellationToken);

    /// <summary>Tells the key that is kept here to sign what was shown. The worker signs it at once, unless the account's own nodes show another channel.</summary>
    /// <param name="digest">Of the update that was shown; another one is not signed.</param>
    public Task<Result<Done>> ApproveAsync(Caller caller, string id, string digest, CancellationToken cancellationToken) =>
        AnswerAsync(
            caller,
            id,
            asked => !asked.KeepsKey ? Refusal.SignatureUnfit.Because(asked.Enactment.IsSignedBy(asked.Request)
                    ? $"the key of {asked.Request.MspId} that is kept here has signed; another administrator's signature is awaited"
                    : $"no key of {asked.Request.MspId} is kept here for this project; sign where the key is")
                : !asked.Enactment.Update.Digest.Equals(digest, StringComparison.OrdinalIgnoreCase) ? Refusal.SignatureUnfit.Because("the digest is not that of the update as it is now; look at the request again")
                : asked.Request with { State = SignatureState.Waiting, Reason = null, ApprovedDigest = asked.Enactment.Update.Digest, HeldBack = null },
            cancellationToken);

    /// <summary>Declines to sign. The organization may still sign afterwards.</summary>
    public Task<Result<Done>> DeclineAsync(Caller caller, string id, string reason, CancellationToken cancellationToken) =>
        AnswerAsync(
            caller,
            id,
            asked => asked.Request with { State = SignatureState.Declined, Signatures = [], Reason = reason, ApprovedDigest = null, HeldBack = null },
            cancellationToken);

    private Task<Result<Done>> AnswerAsync(Caller caller, string id, Func<AskedSignature, Result<SignatureRequest>> decide, CancellationToken cancellationToken) =>
        store.WriteAsync<Done>(
            caller,
            async transaction =>
            {
                if ((await FindAsync(transaction, caller, id, cancellationToken)).IsRefused(out var refusal, out var asked))
                {
                    return refusal;
                }

                if (asked.Request.State is not (SignatureState.Waiting or SignatureState.Declined) && !asked.Enactment.HasLapsed(asked.Request, networks.Time.GetUtcNow()))
                {
                    return Refusal.SignatureAnswered.Because(asked.Request.State == SignatureState.Given ? $"{asked.Request.MspId} has signed" : "it is no longer needed");
                }

                if (decide(asked).IsRefused(out refusal, out var answered))
                {
                    return refusal;
                }

                // The work before the request, as the worker's steps take them.
                await transaction.MakeDueAsync(answered.InviterServiceId, answered.OperationId, clock.GetUtcNow(), cancellationToken);
                answered = answered with { AnsweredAt = answered.State == SignatureState.Waiting ? null : clock.GetUtcNow() };
                await transaction.SaveAsync(asked.Request, answered, cancellationToken);
                return new Done();
            },
            cancellationToken);

    private static async Task<Result<AskedSignature>> FindAsync(Session session, Caller caller, string id, CancellationToken cancellationToken)
    {
        if (await session.FindRequestAsync(caller.ProjectId, id, cancellationToken) is not { } request)
        {
            return Refusal.SignatureRequestNotFound.Because(Refusal.Quote(id));
        }

        Enactment? enactment;
        try
        {
            enactment = await session.FindEnactmentAsync(request.InviterServiceId, request.OperationId, cancellationToken);
        }
        catch (FabricException problem)
        {
            return Refusal.SignatureUnfit.Because(problem.Message); // prepared when less was looked at
        }

        if (enactment is null)
        {
            return Refusal.SignatureRequestNotFound.Because(Refusal.Quote(id));
        }

        return new AskedSignature(request, enactment, [.. await session.ListRequestsAsync(request.InviterServiceId, request.OperationId, cancellationToken)])
        {
            For = await session.FindReasonAsync(request.InviterServiceId, request.OperationId, cancellationToken),
            KeepsKey = (await session.ListKeptCertificatesAsync(request.ProjectId, request.MspId, cancellationToken)).Exists(one => !enactment.IsSignedBy(request, one)),
        };
    }
}

/// <summary>A request for a signature, with all that is needed to decide on it.</summary>
/// <param name="All">Everyone who is asked, this one among them.</param>
public sealed record AskedSignature(SignatureRequest Request, Enactment Enactment, ImmutableArray<SignatureRequest> All)
{
    /// <summary>The membership that the change is for; null where it cannot be told any more.</summary>
    public ChangeReason? For { get; init; }

    /// <summary>Whether a key of the organization is kept here for the project that is asked, and has not signed.</summary>
    public bool KeepsKey { get; init; }

    /// <summary>The change as a file that is carried to where the key is.</summary>
    public SignatureRequestFile File => new(Enactment.Update, Enactment.Base, ChangeInWords.Of(Enactment.Update, Enactment.Base)) { ReadThrough = For?.InviterAccount };

    /// <summary>What is missing after what has been signed.</summary>
    public MissingSignatures MissingAt(DateTimeOffset at, CancellationToken cancellationToken) =>
        Enactment.Plan.After(Enactment.SignersAmong(All, at), cancellationToken);
}
