using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;
using Signer = Guildhall.Fabric.Signer;

namespace Guildhall.Outbox;

/// <summary>
/// Signs changes of channels with the keys that are kept here: what a key's own account has asked for, has been shown and approved, or has let
/// be signed without being asked; and of that only what the account's own nodes show as well.
/// </summary>
internal sealed partial class KeptKeys(
    Store store, Signers signers, OwnNodes own, ChannelSessions channels, TimeProvider clock, CallersClock networks, ILogger<KeptKeys> log)
{
    private const int MostNamed = 10; // elements that one sentence names
    private const string DayIsOver = "As many changes as it signs in a day without being asked have been signed today.";

    /// <summary>By what right a kept key signs.</summary>
    private enum Consent
    {
        None,

        /// <summary>Its own account has asked for the change.</summary>
        Asked,

        /// <summary>Its own account was shown the update and said so.</summary>
        Approved,

        /// <summary>Its own account has said beforehand that such changes are signed.</summary>
        Automatic,
    }

    /// <summary>Signs where that is allowed.</summary>
    /// <param name="counting">Whoever has signed.</param>
    /// <returns>The request as it was written down: with the signature, or with why there is none yet.</returns>
    public async Task<SignatureRequest> AnswerAsync(
        ChannelSession channel, Enactment enactment, SignatureRequest request, IReadOnlyCollection<Signer> counting, ChannelSigner signer, CancellationToken cancellationToken)
    {
        if (signer.IsDisabled)
        {
            return await HoldBackAsync(request, signer, $"Account {signer.AccountName} is disabled: its keys sign nothing.", cancellationToken);
        }

        var consent = await ConsentAsync(channel, enactment, request, signer, cancellationToken);
        if (consent == Consent.None)
        {
            return await HoldBackAsync(request, signer, why: null, cancellationToken);
        }

        if (await WhyNotAsync(channel, enactment, signer, consent, cancellationToken) is { } why)
        {
            return await HoldBackAsync(request, signer, why, cancellationToken);
        }

        var administrator = signers.Of(signer.Administrator!);
        using var held = administrator as IDisposable;
        var signature = await UpdateSignature.CreateAsync(enactment.Update, administrator, cancellationToken);
        var signed = enactment.With(request, signature, counting, networks.Time.GetUtcNow(), cancellationToken);
        signed = signed with { AnsweredAt = signed.State == SignatureState.Given ? clock.GetUtcNow() : null };
        return await SaveAsync(request, signed, channel, signer, consent, cancellationToken);
    }

    /// <summary>Whether the account is one of those whose request or answer brought the change about: both parties of a joining, and who quits.</summary>
    private static bool HasAsked(ChannelSession channel, ChannelSigner signer) =>
        signer.AccountId == channel.Membership.Invitee.AccountId
        || (channel.Kind == WorkKind.Join && signer.AccountId == channel.Membership.Inviter.AccountId);

    private async Task<Consent> ConsentAsync(ChannelSession channel, Enactment enactment, SignatureRequest request, ChannelSigner signer, CancellationToken cancellationToken)
    {
        if (request.ApprovedDigest == enactment.Update.Digest)
        {
            return Consent.Approved;
        }

        if (HasAsked(channel, signer))
        {
            return Consent.Asked;
        }

        var automatic = await store.ReadAsync(session => session.FindAutomaticAsync(signer.ServiceId, cancellationToken), cancellationToken);
        return automatic.Find(enactment.ChannelName) is { } one && (channel.Kind == WorkKind.Join ? one.Joins : one.Leaves) && !(one.Until <= clock.GetUtcNow())
            ? Consent.Automatic
            : Consent.None;
    }

    /// <summary>Reads the channel through the signer's own nodes, and compares what they show with what is to be signed.</summary>
    private async Task<string?> WhyNotAsync(ChannelSession channel, Enactment enactment, ChannelSigner signer, Consent consent, CancellationToken cancellationToken)
    {
        if (consent == Consent.Automatic
            && !await store.ReadAsync(session => session.HasAutomaticLeftAsync(signer.ServiceId, enactment.ChannelName, clock.GetUtcNow(), cancellationToken), cancellationToken))
        {
            return DayIsOver;
        }

        if (WhyNotGood(enactment, signer.Administrator!) is { } ended)
        {
            return ended;
        }

        OwnReading? reading;
        BlockReference? theirs = null;
        try
        {
            reading = await own.ReadAsync(signer.ServiceId, signer.AccountName, enactment.ChannelName, cancellationToken);
            if (reading is not null)
            {
                theirs = await channel.Orderers.ReadReferenceAsync(enactment.ChannelName, reading.First.Number, channel.Client, cancellationToken);
                await TellInviterAsync(channel, enactment, signer, reading, cancellationToken);
            }
        }
        catch (FabricException problem)
        {
            // Who has approved was shown through whose nodes the channel was read.
            return consent == Consent.Approved ? null : $"Its own nodes could not be asked what channel {enactment.ChannelName} is: {problem.Message}";
        }
        catch (OperatorException problem)
        {
            return problem.Message;
        }

        if (reading is null)
        {
            return consent == Consent.Approved ? null : $"It is attached with neither an orderer nor a peer, so that channel {enactment.ChannelName} was read through the inviter's nodes alone.";
        }

        return reading.First != theirs ? $"The inviter's nodes show another chain by the name of {enactment.ChannelName} than its own: {theirs} in place of {reading.First}."
            : WhyNotSame(enactment, channel.Change, reading.Channel) ?? Guards.WhyNot(reading.Channel, enactment.Update, networks.Time.GetUtcNow());
    }

    /// <summary>Where the signer's nodes show a newer configuration than the inviter's, that one is gone by from now on, if it is signed as the inviter's asks for.</summary>
    private async Task TellInviterAsync(ChannelSession channel, Enactment enactment, ChannelSigner signer, OwnReading reading, CancellationToken cancellationToken)
    {
        if (channel.Known is { } known && reading.Channel.Sequence > enactment.Base.Sequence && reading.Channel.Block > known.Block)
        {
            await channel.BelieveAsync(await channels.AskAsync(signer.ServiceId, signer.AccountName, enactment.ChannelName, known, cancellationToken), cancellationToken);
        }
    }

    /// <summary>A signature that would not count is not given: it would only look as if there were one.</summary>
    private string? WhyNotGood(Enactment enactment, HeldIdentity administrator) =>
        enactment.Base.Msp(administrator.MspId)?.Check(new SigningIdentity(administrator.MspId, administrator.CertificatePem), networks.Time.GetUtcNow()) is { Signer: null } bad
            ? $"The certificate of the kept key is not good for {administrator.MspId}: {bad.Words}. Attach the service again, with one that is."
            : null;

    private static string? WhyNotSame(Enactment enactment, ChannelChange change, ChannelConfiguration shown)
    {
        if (enactment.Base.Sequence != shown.Sequence)
        {
            return $"Its own nodes show channel {enactment.ChannelName} at configuration {shown.Sequence}, and the inviter's at {enactment.Base.Sequence}.";
        }

        if (enactment.Update.IsStillFor(shown, change))
        {
            return null;
        }

        var differing = ConfigurationComparison.Differences(shown, enactment.Base);
        return differing.IsEmpty
            ? $"What is to be signed is not the change of channel {enactment.ChannelName} that was asked for."
            : $"Its own nodes show another channel {enactment.ChannelName} than the inviter's. They differ in {Listed(differing)}.";
    }

    private static string Listed(IReadOnlyCollection<string> elements) =>
        string.Join(", ", elements.Take(MostNamed).Select(Refusal.Quote)) + (elements.Count > MostNamed ? $" and {elements.Count - MostNamed} more" : "");

    /// <summary>The signer takes its time, so that all that allowed it to sign is looked at again.</summary>
    /// <returns>The request as it is then. What is not written down here goes nowhere.</returns>
    private Task<SignatureRequest> SaveAsync(
        SignatureRequest request, SignatureRequest signed, ChannelSession channel, ChannelSigner signer, Consent consent, CancellationToken cancellationToken) =>
        store.WriteOwnAsync(
            async transaction =>
            {
                if (!await transaction.TryHoldWorkAsync(request.InviterServiceId, request.OperationId, cancellationToken)
                    || !await IsStillSignerAsync(transaction, channel, signer, cancellationToken))
                {
                    return request;
                }

                var saved = await transaction.SaveOrFindAsync(request, signed, cancellationToken);
                if (saved != signed || consent != Consent.Automatic
                    || await transaction.CountAutomaticAsync(signer.ServiceId, signed.ChannelName, channel.Kind, clock.GetUtcNow(), cancellationToken))
                {
                    return saved;
                }

                var held = request with { HeldBack = DayIsOver };
                await transaction.SaveAsync(signed, held, cancellationToken);
                return held;
            },
            cancellationToken);

    /// <summary>Whether the same key is kept for the organization, by an account that is not disabled.</summary>
    private static async Task<bool> IsStillSignerAsync(Transaction transaction, ChannelSession channel, ChannelSigner signer, CancellationToken cancellationToken) =>
        (await transaction.ListSignersAsync(channel.Membership, cancellationToken)).Exists(one =>
            one.MspId == signer.MspId && one.ServiceId == signer.ServiceId && !one.IsDisabled && one.Administrator?.CertificatePem == signer.Administrator!.CertificatePem);

    private async Task<SignatureRequest> HoldBackAsync(SignatureRequest request, ChannelSigner signer, string? why, CancellationToken cancellationToken)
    {
        if (request.HeldBack == why)
        {
            return request;
        }

        if (why is not null)
        {
            HeldBack(request.MspId, signer.AccountName, request.ChannelName, request.OperationId, why);
        }

        var held = request with { HeldBack = why };
        return await store.WriteOwnAsync(transaction => transaction.SaveOrFindAsync(request, held, cancellationToken), cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The key of {MspId} that is kept for {Account} has not signed the change of channel {Channel} of operation {Operation}: {Why}")]
    private partial void HeldBack(string mspId, string account, string channel, string operation, string why);
}
