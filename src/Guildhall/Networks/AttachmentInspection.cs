using System.Collections.Immutable;
using Guildhall.Fabric;
using Guildhall.Memberships;
using Guildhall.Sealing;

namespace Guildhall.Networks;

/// <summary>The service that is to be attached, as far as its network is concerned.</summary>
/// <param name="AccountName">Whose it is.</param>
/// <param name="Organizations">Their names.</param>
/// <param name="Channels">Its own ones, each with the names of its organizations that have peers in it; none for an invitee's service.</param>
internal sealed record AttachedService(
    string Id, string Name, string AccountName, bool IsInvitee, ImmutableArray<string> Organizations, ImmutableArray<(string Name, ImmutableArray<string> Organizations)> Channels);

/// <summary>What an inspection came to: all that was found, and the attachment when nothing speaks against it.</summary>
/// <param name="Profile">Null when it cannot be read.</param>
/// <param name="Chains">Those that the service's channels are, as far as they could be read.</param>
internal sealed record Inspected(AttachmentReport Report, ConnectionProfile? Profile, Attachment? Attachment, ImmutableArray<(string ChannelName, BlockReference First)> Chains);

/// <summary>Looks at everything that a service is to be attached with, on paper first and then on the network. It changes nothing.</summary>
/// <param name="clock">Certificates are judged at its time.</param>
internal sealed class AttachmentInspection(NetworkSettings settings, Nodes nodes, TimeProvider clock)
{
    /// <param name="progress">Is told each check as soon as it is done.</param>
    /// <param name="looks">Asked for one when the papers have been looked at.</param>
    /// <param name="seal">Seals the private keys of the attachment.</param>
    public async Task<Result<Inspected>> RunAsync(
        AttachedService service, AttachmentRequest request, Action<AttachmentCheck>? progress, ILooks looks, DataKey seal, CancellationToken cancellationToken)
    {
        request = WithOwnKeys(service, request);
        var checks = new List<AttachmentCheck>();
        var profile = ReadProfile(request);
        var organizations = new List<PreparedOrganization>();
        var chains = new List<(string ChannelName, BlockReference First)>();
        try
        {
            foreach (var given in request.Organizations)
            {
                var prepared = await OrganizationInspection.RunAsync(given, service, profile, settings, clock.GetUtcNow(), Take, cancellationToken);
                organizations.AddRange(prepared is null ? [] : [prepared]);
            }

            LookForGaps(service, request, organizations);
            if (profile is not null && (await AskAsync(profile)) is { } refusal)
            {
                return refusal;
            }

            var report = new AttachmentReport([.. checks]);
            return new Inspected(report, profile, report.IsGood ? ToAttachment(service, profile!, organizations, seal) : null, [.. chains]);
        }
        finally
        {
            organizations.ForEach(one => one.Dispose());
        }

        async Task<Refusal?> AskAsync(ConnectionProfile read)
        {
            var dialled = organizations.Select(one => one.TlsCertificate).FirstOrDefault(found => found is not null) is { } tls ? Signers.Dial(read, tls) : read;
            var network = new NetworkInspection(service, dialled, organizations, Take);
            network.LookForGaps();
            if (network.NodeCount == 0)
            {
                return null;
            }

            if (!settings.ChangesChannels)
            {
                Take(AttachmentCheck.Good(CheckedPart.Profile, ProfileInspection.Subject, "names nodes that are not asked whether they answer: this Guildhall changes no channel, and connects to no node."));
                return null;
            }

            if (looks.Begin(service.AccountName, network.NodeCount, cancellationToken).IsRefused(out var refused, out var look))
            {
                return refused;
            }

            using (look)
            {
                await network.RunAsync(nodes.Of(service.AccountName), look);
            }

            chains.AddRange(network.Chains);

            return null;
        }

        void Take(AttachmentCheck check)
        {
            checks.Add(check);
            progress?.Invoke(check);
        }

        ConnectionProfile? ReadProfile(AttachmentRequest from)
        {
            var (read, found) = ProfileInspection.Run(from, clock.GetUtcNow());
            foreach (var check in found)
            {
                Take(check);
            }

            return read;
        }

        void LookForGaps(AttachedService attached, AttachmentRequest from, List<PreparedOrganization> prepared)
        {
            foreach (var missing in attached.Organizations.Except(from.Organizations.Select(one => one.Name)))
            {
                Take(AttachmentCheck.Warn(CheckedPart.Organization, missing, "is not attached with the others, and cannot join a channel.", "Add it, with its MSP folder, when it is to take part."));
            }

            foreach (var twice in from.Organizations.GroupBy(one => one.Name).Concat(from.Organizations.GroupBy(one => one.MspId)).Where(group => group.Count() > 1))
            {
                Take(AttachmentCheck.Fail(CheckedPart.Organization, twice.Key, "is given more than once.", "Give each organization once, each with an MSP id of its own."));
            }

            if (!attached.IsInvitee && !prepared.Exists(one => one.Reader is not null))
            {
                Take(AttachmentCheck.Fail(CheckedPart.Client, attached.Name, "has no identity with which Guildhall could read its channels and submit to them.", "Give a client's or an administrator's certificate and key for one of its organizations."));
            }
        }
    }

    /// <summary>The signing program is asked for keys by the account that they are of, so that nobody can name another's.</summary>
    private static AttachmentRequest WithOwnKeys(AttachedService service, AttachmentRequest request)
    {
        return request with { Organizations = [.. request.Organizations.Select(one => one with { Administrator = Named(one.Administrator), Client = Named(one.Client) })] };

        GivenIdentity? Named(GivenIdentity? given) => given?.KeyName is { } name ? given with { KeyName = $"{service.AccountName}/{name}" } : given;
    }

    private Attachment ToAttachment(AttachedService service, ConnectionProfile profile, List<PreparedOrganization> organizations, DataKey seal)
    {
        return new Attachment(
            service.Id,
            ProfileText.Write(profile),
            clock.GetUtcNow(),
            [.. organizations.Select(one => new AttachedOrganization(one.Given.Name, one.Msp, Held(one.Given.MspId, one.Given.Administrator), Held(one.Given.MspId, one.Given.Client)))]);

        HeldIdentity? Held(string mspId, GivenIdentity? given) => given is null ? null : Signers.Hold(mspId, given, seal);
    }
}
