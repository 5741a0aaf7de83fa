namespace Guildhall.Benchmarks;

/// <summary>Rows of one tenant that has very much to read: operations of its project, members of its service, and invitations that it rejected.</summary>
internal sealed record BigTenant(Seed Seed) : IFilling
{
    private const int Operations = 300_000;
    private const int Members = 40_000;
    private const int Notifications = 200_000;

    /// <summary>Who has ten thousand members already.</summary>
    public int Number => Seed.ListerOf(Seed.TenThousand);

    public long Memberships => MoreMembers + Notifications;

    private static int MoreMembers => Members - Seed.TenThousand;

    public async Task FillAsync(Engine engine, string store)
    {
        await engine.ExecuteAsync(store, [OperationsSql(engine), MembersSql(engine), NotificationsSql(engine)]);
        await engine.SettleAsync(store);
    }

    private string OperationsSql(Engine engine) =>
        $$"""
        INSERT INTO operations (project_id, id, type, account_id, service_id, service_name, cluster_type, status, description, steps, recorded_at)
        SELECT {{Own("{project}")}}, 'BCSSVC01-03-' || ((1700000000000 + n) * 1000000), '03', {{Own("{account}, {service}")}}, '{{Tenants.ServiceName}}', 'cce', 'finished', 'Scale organization',
               '[{"name":"Organizations","detail":"Register the organizations and their peers","status":"Finished","attempts":0,"messages":[],"started_at":"2026-01-02T03:04:05+00:00","ended_at":"2026-01-02T03:04:05+00:00"}]',
               1700000000000 + n
        FROM   {{engine.Series(Operations)}}
        """;

    private string MembersSql(Engine engine) => Seed.InsertMemberships(
        $"""
        {Own("{service}, {account}, {name}, {project}")}, '{Tenants.ServiceName}',
        'account-of-a-member-' || n, 'member-' || n, 'project-of-a-member-' || n, 'service-of-a-member-' || n, '{Tenants.ServiceName}',
        '00000002-0000-7000-8000-0' || (10000000000 + n), '{Tenants.Channel}', 'agreed', 0, '{Seed.MemberOrganizations}', 0, 0, 'BCSSVC01-05-2', 1, 0, 0
        """,
        engine.Series(MoreMembers));

    private string NotificationsSql(Engine engine)
    {
        var (first, crowd) = (Seed.Tenants.FirstOfCrowd, Seed.Tenants.Crowd);
        return Seed.InsertMemberships(
            $"""
            {Tenants.Sql("{service}, {account}, {name}, {project}", $"{first} + n % {crowd}")}, '{Tenants.ServiceName}',
            {Own("{account}, {name}")}, '', '', '',
            '00000003-0000-7000-8000-0' || (10000000000 + n), 'past-' || (n / {crowd}), 'reject', 0, '[]', 0, 0, NULL, 1, 0, 0
            """,
            engine.Series(Notifications));
    }

    private string Own(string columns) => Tenants.Sql(columns, $"{Number}");
}
